#include "builder/cache/cache_index.h"

#include <fmt/format.h>

#include "support/text.h"

namespace ibuild::builder {
namespace {

std::string KeyOf(std::string_view kind, std::string_view subject) {
  return oci::Digest::OfText(fmt::format("ibuild {} 1\n{}", kind, subject)).hex();
}

void AppendText(std::string& out, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "{}:{}", text.size(), text);
}

// Takes "5:hello" off the front of `left`.
std::optional<std::string> TakeText(std::string_view& left) {
  const std::size_t colon = left.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto size = ParseUnsigned(left.substr(0, colon));
  if (!size || *size > left.size() - colon - 1) return std::nullopt;
  std::string text(left.substr(colon + 1, *size));
  left.remove_prefix(colon + 1 + *size);
  return text;
}

}  // namespace

std::string Serialize(const CacheRecord& record) {
  return fmt::format("{} {} {}\n", record.layer.ToString(), record.size,
                     FormatRfc3339(record.created));
}

std::optional<CacheRecord> ParseCacheRecord(std::string_view text) {
  const auto fields = Split(Trim(text), ' ');
  if (fields.size() != 3) return std::nullopt;
  const auto digest = oci::Digest::TryParse(fields[0]);
  const auto size = ParseUnsigned(fields[1]);
  const auto created = ParseRfc3339(fields[2]);
  if (!digest || !size || !created) return std::nullopt;
  return CacheRecord{.layer = {*digest}, .size = *size, .created = *created};
}

std::optional<CacheRecord> CacheIndex::Find(const CacheKey& key) const {
  const auto text = store_.ReadRecord(key.digest.hex());
  const auto record = text ? ParseCacheRecord(*text) : std::nullopt;
  if (!record) return std::nullopt;
  if (store_.layer_directories().Has(record->layer)) return record;
  if (store_.blobs().Has(record->layer.digest)) return record;
  return std::nullopt;
}

void CacheIndex::Put(const CacheKey& key, const CacheRecord& record) const {
  store_.WriteRecord(key.digest.hex(), Serialize(record));
}

std::optional<std::string> CacheIndex::FindDerived(std::string_view subject) const {
  return store_.ReadRecord(KeyOf("derived", subject));
}

void CacheIndex::PutDerived(std::string_view subject, std::string_view value) const {
  store_.WriteRecord(KeyOf("derived", subject), value);
}

std::optional<std::vector<KeyPart>> CacheIndex::FindLastParts(std::string_view step) const {
  const auto text = store_.ReadRecord(KeyOf("parts", step));
  if (!text) return std::nullopt;
  std::vector<KeyPart> parts;
  std::string_view left = *text;
  while (!left.empty()) {
    auto name = TakeText(left);
    auto value = TakeText(left);
    if (!name || !value) return std::nullopt;
    parts.push_back(KeyPart{.name = *std::move(name), .value = *std::move(value)});
  }
  return parts;
}

void CacheIndex::PutLastParts(std::string_view step, const std::vector<KeyPart>& parts) const {
  std::string text;
  for (const KeyPart& part : parts) {
    AppendText(text, part.name);
    AppendText(text, part.value);
  }
  store_.WriteRecord(KeyOf("parts", step), text);
}

}  // namespace ibuild::builder
