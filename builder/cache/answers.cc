#include "builder/cache/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "layers/compress/codec.h"
#include "layers/shared/mount_index.h"
#include "layers/store/compressed_layers.h"
#include "oci/media_type.h"
#include "support/base64.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kMostPlainBytes = 32u << 20;
constexpr int kZstdLevel = 12;
// What is kept when many builds write one document; a build with more steps keeps twice its own.
constexpr std::size_t kMostRecords = 256;
constexpr std::size_t kMostDocuments = 32;
constexpr std::size_t kMostFacts = 4;
constexpr const char* kFactsType = "application/vnd.ibuild.cache.facts.v1+zstd";
constexpr std::size_t kMostLayersOfAKey = 2;
constexpr std::size_t kMostMounts = 64;
constexpr std::size_t kMostOfAMount = 4;  // that were written at the same time
constexpr const char* kMountType = "application/vnd.ibuild.cache.mount.v1+zstd";
constexpr const char* kWhat = "cache document";

// What is signed: everything that a record claims.
std::string Claim(const SharedRecord& record) {
  std::string text =
      fmt::format("ibuild cache record 1\n{}\n{}", record.key.ToString(), Serialize(record.result));
  if (!record.blob) return text;
  return text + fmt::format("{} {} {}\n", record.blob->digest.ToString(), record.blob->size,
                            record.blob->choice);
}

std::string Claim(const SharedSelection& selection) {
  return fmt::format("ibuild cache selection 1\n{}\n{}", selection.subject.ToString(),
                     selection.value);
}

// The packs are named by the index. The id comes last, since it may hold anything.
std::string Claim(const SharedMount& mount) {
  return fmt::format("ibuild cache mount 1\n{}\n{} {}\n{}", mount.name.ToString(),
                     mount.index.ToString(), mount.index_size, mount.id);
}

Json ToJson(const SharedRecord& record) {
  Json json = {{"key", record.key.hex()},
               {"layer", record.result.layer.digest.hex()},
               {"size", record.result.size},
               {"created", FormatRfc3339(record.result.created)},
               {"used", record.used}};
  if (record.blob) {
    json["blob"] = {record.blob->digest.hex(), record.blob->size, record.blob->choice};
  }
  if (!record.signature.empty()) json["signature"] = EncodeBase64(record.signature);
  return json;
}

Json ToJson(const SharedSelection& selection) {
  Json json = {
      {"subject", selection.subject.hex()}, {"value", selection.value}, {"used", selection.used}};
  if (!selection.signature.empty()) json["signature"] = EncodeBase64(selection.signature);
  return json;
}

Json ToJson(const SharedDocument& document) {
  return {{"type", document.media_type}, {"text", document.text}, {"used", document.used}};
}

Json ToJson(const SharedFacts& facts) {
  return {{"digest", facts.digest.hex()}, {"size", facts.size}, {"used", facts.used}};
}

Json ToJson(const SharedMount& mount) {
  Json packs = Json::array();
  for (const oci::Descriptor& pack : mount.packs) packs.push_back({pack.digest.hex(), pack.size});
  Json json = {{"name", mount.name.hex()}, {"id", mount.id}, {"index", mount.index.hex()},
               {"size", mount.index_size}, {"packs", packs}, {"bytes", mount.bytes},
               {"used", mount.used}};
  if (!mount.signature.empty()) json["signature"] = EncodeBase64(mount.signature);
  return json;
}

template <typename Entry>
Json ToJson(const std::vector<Entry>& entries) {
  Json array = Json::array();
  for (const Entry& entry : entries) array.push_back(ToJson(entry));
  return array;
}

oci::Digest ReadDigest(const JsonReader& json) {
  const auto digest = oci::Digest::TryParse("sha256:" + json.AsString());
  if (!digest) json.Fail("is no digest");
  return *digest;
}

std::uint64_t ReadSize(const JsonReader& json) {
  const std::int64_t size = json.AsInt();
  if (size < 0) json.Fail("is no size");
  return static_cast<std::uint64_t>(size);
}

std::string ReadSignature(const JsonReader& json) {
  const auto text = json.StringIf("signature");
  return text ? DecodeBase64(*text).value_or("") : std::string();
}

UnixTime ReadTime(const JsonReader& json) {
  const auto time = ParseRfc3339(json.AsString());
  if (!time) json.Fail("is no time");
  return *time;
}

LayerBlob ReadBlob(const JsonReader& json) {
  std::vector<JsonReader> parts;
  json.ForEachElement([&](const JsonReader& part) { parts.push_back(part); });
  if (parts.size() != 3) json.Fail("is no blob");
  LayerBlob blob{
      .digest = ReadDigest(parts[0]), .size = ReadSize(parts[1]), .choice = parts[2].AsString()};
  if (!layers::ParseChoiceName(blob.choice)) parts[2].Fail("is no way to compress");
  return blob;
}

SharedRecord ReadRecord(const JsonReader& json) {
  SharedRecord record{.key = ReadDigest(json.At("key")),
                      .result = {.layer = {ReadDigest(json.At("layer"))},
                                 .size = ReadSize(json.At("size")),
                                 .created = ReadTime(json.At("created"))},
                      .blob = {},
                      .used = json.At("used").AsInt(),
                      .signature = ReadSignature(json)};
  if (const auto blob = json.Find("blob")) record.blob = ReadBlob(*blob);
  return record;
}

SharedSelection ReadSelection(const JsonReader& json) {
  return {.subject = ReadDigest(json.At("subject")),
          .value = json.String("value"),
          .used = json.At("used").AsInt(),
          .signature = ReadSignature(json)};
}

SharedDocument ReadDocument(const JsonReader& json) {
  return {.media_type = json.String("type"),
          .text = json.String("text"),
          .used = json.At("used").AsInt()};
}

SharedFacts ReadFacts(const JsonReader& json) {
  return {.digest = ReadDigest(json.At("digest")),
          .size = ReadSize(json.At("size")),
          .used = json.At("used").AsInt()};
}

oci::Descriptor ReadPack(const JsonReader& json) {
  std::vector<JsonReader> parts;
  json.ForEachElement([&](const JsonReader& part) { parts.push_back(part); });
  if (parts.size() != 2) json.Fail("is no pack");
  oci::Descriptor pack{.media_type = layers::kMountPackType, .digest = ReadDigest(parts[0])};
  pack.size = ReadSize(parts[1]);
  return pack;
}

SharedMount ReadMount(const JsonReader& json) {
  SharedMount mount{.name = ReadDigest(json.At("name")),
                    .id = json.String("id"),
                    .index = ReadDigest(json.At("index")),
                    .index_size = ReadSize(json.At("size")),
                    .bytes = ReadSize(json.At("bytes")),
                    .used = json.At("used").AsInt(),
                    .signature = ReadSignature(json)};
  json.At("packs").ForEachElement(
      [&](const JsonReader& pack) { mount.packs.push_back(ReadPack(pack)); });
  return mount;
}

template <typename Entry>
bool IsTrusted(const Entry& entry, const std::vector<VerifyKey>& trusted) {
  const std::string claim = Claim(entry);
  return std::any_of(trusted.begin(), trusted.end(),
                     [&](const VerifyKey& key) { return key.Verify(claim, entry.signature); });
}

// Entries of one name: the newest first, `most` of them. Then the least recently used go.
template <typename Entry, typename NameOf>
void Keep(std::vector<Entry>& entries, std::size_t most_of_a_name, std::size_t most,
          const NameOf& name_of) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.used > b.used; });
  std::map<oci::Digest, std::size_t> seen;
  std::erase_if(entries,
                [&](const Entry& entry) { return ++seen[name_of(entry)] > most_of_a_name; });
  if (entries.size() > most)
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(most), entries.end());
  // In an order that does not change with the times: it compresses the same everywhere.
  std::stable_sort(entries.begin(), entries.end(),
                   [&](const Entry& a, const Entry& b) { return name_of(a) < name_of(b); });
}

oci::Digest NameOf(const SharedRecord& record) { return record.key; }
oci::Digest NameOf(const SharedSelection& selection) { return selection.subject; }
oci::Digest NameOf(const SharedFacts& facts) { return facts.digest; }
oci::Digest NameOf(const SharedMount& mount) { return mount.name; }
oci::Digest NameOf(const SharedDocument& document) { return oci::Digest::OfText(document.text); }

bool SameClaim(const SharedRecord& a, const SharedRecord& b) {
  return a.key == b.key && a.result.layer == b.result.layer;
}

// Ours go in place of theirs, but a layer that is in the cache stays in it, and a signature.
void AddRecords(std::vector<SharedRecord>& theirs, const std::vector<SharedRecord>& ours) {
  for (const SharedRecord& record : ours) {
    const auto same = std::find_if(theirs.begin(), theirs.end(), [&](const SharedRecord& other) {
      return SameClaim(other, record);
    });
    if (same == theirs.end()) {
      theirs.push_back(record);
    } else if ((record.blob || !same->blob) &&
               (!record.signature.empty() || same->signature.empty())) {
      *same = record;
    } else {
      same->used = std::max(same->used, record.used);
    }
  }
}

template <typename Entry>
void AddNamed(std::vector<Entry>& theirs, const std::vector<Entry>& ours) {
  std::set<oci::Digest> names;
  for (const Entry& entry : ours) names.insert(NameOf(entry));
  std::erase_if(theirs, [&](const Entry& entry) { return names.contains(NameOf(entry)); });
  theirs.insert(theirs.end(), ours.begin(), ours.end());
}

template <typename Entry>
void ClampTimes(std::vector<Entry>& entries, std::int64_t now) {
  for (Entry& entry : entries) entry.used = std::clamp<std::int64_t>(entry.used, 0, now);
}

void ClampTimes(Answers& answers, std::int64_t now) {
  ClampTimes(answers.records, now);
  ClampTimes(answers.selections, now);
  ClampTimes(answers.documents, now);
  ClampTimes(answers.facts, now);
  ClampTimes(answers.mounts, now);
}

bool SameClaim(const SharedMount& a, const SharedMount& b) {
  return a.name == b.name && a.index == b.index;
}

// A signature stays, as with records.
void AddMounts(std::vector<SharedMount>& theirs, const std::vector<SharedMount>& ours) {
  for (const SharedMount& mount : ours) {
    const auto same = std::ranges::find_if(
        theirs, [&](const SharedMount& other) { return SameClaim(other, mount); });
    if (same == theirs.end()) {
      theirs.push_back(mount);
    } else if (!mount.signature.empty() || same->signature.empty()) {
      *same = mount;
    } else {
      same->used = std::max(same->used, mount.used);
    }
  }
}

// An hour's use is not worth a new document.
bool SaysAsMuch(const SharedRecord& theirs, const SharedRecord& ours) {
  constexpr std::int64_t kHour = 3600;
  return SameClaim(theirs, ours) && (theirs.blob || !ours.blob) &&
         (!theirs.signature.empty() || ours.signature.empty()) && theirs.used + kHour > ours.used;
}

template <typename Entry>
bool HasAll(const std::vector<Entry>& theirs, const std::vector<Entry>& ours) {
  std::set<oci::Digest> names;
  for (const Entry& entry : theirs) names.insert(NameOf(entry));
  return std::all_of(ours.begin(), ours.end(),
                     [&](const Entry& entry) { return names.contains(NameOf(entry)); });
}

}  // namespace

oci::Descriptor LayerBlob::Describe() const {
  const auto kind = layers::ParseChoiceName(choice).value_or(layers::CompressionChoice());
  oci::Descriptor descriptor{
      .media_type = std::string(oci::LayerType(oci::TypeFamily::kOci, kind.compression)),
      .digest = digest};
  descriptor.size = size;
  return descriptor;
}

oci::Descriptor SharedFacts::Describe() const {
  oci::Descriptor descriptor{.media_type = kFactsType, .digest = digest};
  descriptor.size = size;
  return descriptor;
}

oci::Descriptor SharedMount::Describe() const {
  oci::Descriptor descriptor{.media_type = kMountType, .digest = index};
  descriptor.size = index_size;
  return descriptor;
}

std::string PackText(const std::string& text) {
  StringSink sink;
  const auto compressor =
      layers::Compress({.compression = oci::Compression::kZstd, .level = kZstdLevel}, sink);
  compressor->Write(AsBytes(text));
  compressor->Finish();
  return sink.text();
}

std::string UnpackText(const std::string& packed) {
  const auto plain = layers::Decompress(std::make_unique<StringSource>(packed));
  return ReadToString(*plain, kMostPlainBytes);
}

std::string Serialize(const Answers& answers) {
  const Json json = {{"ibuild cache", kVersion},
                     {"records", ToJson(answers.records)},
                     {"selections", ToJson(answers.selections)},
                     {"documents", ToJson(answers.documents)},
                     {"facts", ToJson(answers.facts)},
                     {"mounts", ToJson(answers.mounts)}};
  return PackText(DumpJson(json));
}

Answers ParseAnswers(const std::string& text) {
  const std::string document = UnpackText(text);
  const Json json = ParseJson(document, kWhat, {.bytes = kMostPlainBytes, .depth = 8});
  const JsonReader reader(json, kWhat);
  if (reader.At("ibuild cache").AsInt() != kVersion) {
    throw Error(ErrorKind::kUnsupported, "it was written by a later version of ibuild");
  }
  Answers answers;
  reader.At("records").ForEachElement(
      [&](const JsonReader& entry) { answers.records.push_back(ReadRecord(entry)); });
  reader.At("selections").ForEachElement([&](const JsonReader& entry) {
    answers.selections.push_back(ReadSelection(entry));
  });
  reader.At("documents").ForEachElement([&](const JsonReader& entry) {
    answers.documents.push_back(ReadDocument(entry));
  });
  if (const auto facts = reader.Find("facts")) {
    facts->ForEachElement(
        [&](const JsonReader& entry) { answers.facts.push_back(ReadFacts(entry)); });
  }
  if (const auto mounts = reader.Find("mounts")) {
    mounts->ForEachElement(
        [&](const JsonReader& entry) { answers.mounts.push_back(ReadMount(entry)); });
  }
  return answers;
}

Answers ParseAnswersToReplace(const std::optional<std::string>& text) {
  try {
    return text ? ParseAnswers(*text) : Answers();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kUnsupported) throw;
    return {};
  }
}

void Sign(Answers& answers, const SigningKey& key) {
  for (SharedRecord& record : answers.records) record.signature = key.Sign(Claim(record));
  for (SharedSelection& selection : answers.selections) {
    selection.signature = key.Sign(Claim(selection));
  }
  for (SharedMount& mount : answers.mounts) mount.signature = key.Sign(Claim(mount));
}

bool IsSignedBy(const SharedMount& mount, const VerifyKey& key) {
  return key.Verify(Claim(mount), mount.signature);
}

std::size_t RemoveUntrusted(Answers& answers, const std::vector<VerifyKey>& trusted) {
  if (trusted.empty()) return 0;
  const auto refused = [&](const auto& entry) { return !IsTrusted(entry, trusted); };
  return std::erase_if(answers.records, refused) + std::erase_if(answers.selections, refused) +
         std::erase_if(answers.mounts, refused);
}

Answers Merge(Answers theirs, const Answers& ours, std::int64_t now) {
  AddRecords(theirs.records, ours.records);
  AddNamed(theirs.selections, ours.selections);
  AddNamed(theirs.documents, ours.documents);
  AddNamed(theirs.facts, ours.facts);
  AddMounts(theirs.mounts, ours.mounts);
  ClampTimes(theirs, now);
  const auto name_of = [](const auto& entry) { return NameOf(entry); };
  Keep(theirs.records, kMostLayersOfAKey, std::max(kMostRecords, 2 * ours.records.size()), name_of);
  Keep(theirs.selections, 1, std::max(kMostRecords, 2 * ours.selections.size()), name_of);
  Keep(theirs.documents, 1, std::max(kMostDocuments, ours.documents.size()), name_of);
  Keep(theirs.facts, 1, kMostFacts, name_of);
  Keep(theirs.mounts, kMostOfAMount, kMostMounts, name_of);
  return theirs;
}

bool AddsTo(const Answers& theirs, const Answers& ours) {
  const bool records =
      std::all_of(ours.records.begin(), ours.records.end(), [&](const SharedRecord& record) {
        return std::any_of(theirs.records.begin(), theirs.records.end(),
                           [&](const SharedRecord& other) { return SaysAsMuch(other, record); });
      });
  return !records || !HasAll(theirs.selections, ours.selections) ||
         !HasAll(theirs.documents, ours.documents);
}

oci::CacheAnswers ToCacheAnswers(const Answers& answers) {
  oci::CacheAnswers written{.text = Serialize(answers)};
  std::set<oci::Digest> seen;
  for (const SharedRecord& record : answers.records) {
    if (record.blob && seen.insert(record.blob->digest).second) {
      written.blobs.push_back(record.blob->Describe());
    }
  }
  for (const SharedFacts& facts : answers.facts) written.blobs.push_back(facts.Describe());
  for (const SharedMount& mount : answers.mounts) {
    if (seen.insert(mount.index).second) written.blobs.push_back(mount.Describe());
    for (const oci::Descriptor& pack : mount.packs) {
      if (seen.insert(pack.digest).second) written.blobs.push_back(pack);
    }
  }
  return written;
}

}  // namespace ibuild::builder
