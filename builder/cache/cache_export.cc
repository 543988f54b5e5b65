#include "builder/cache/cache_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <utility>

#include "layers/archive/make_exportable.h"
#include "layers/store/compressed_layers.h"
#include "oci/media_type.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kThreads = 3;  // one compresses while others send
constexpr std::size_t kLongestDocument = 64u << 10;

oci::Descriptor PlainLayer(const CacheRecord& record) {
  oci::Descriptor layer{.media_type = std::string(oci::kOciLayer), .digest = record.layer.digest};
  layer.size = record.size;
  return layer;
}

}  // namespace

struct CacheExport::Target {
  explicit Target(CacheTarget the_settings) : settings(std::move(the_settings)) {}

  // What the cache says now; read once. Throws what reading throws, each time.
  const Answers& Current() {
    const std::scoped_lock lock(reading);
    if (current) return *current;
    return current.emplace(Read());
  }

  // A directory that is not there yet says nothing.
  Answers Read() {
    try {
      return ParseAnswersToReplace(settings.cache->ReadAnswers({}));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kNotFound) throw;
      return {};
    }
  }

  void Fail(const std::string& why) {
    const std::scoped_lock lock(mutex);
    if (failure.empty()) failure = why;
  }
  bool HasFailed() {
    const std::scoped_lock lock(mutex);
    return !failure.empty();
  }

  CacheTarget settings;
  std::mutex reading;
  std::optional<Answers> current;
  std::mutex mutex;
  std::map<oci::DiffId, LayerBlob> blobs;  // that are in the cache
  std::string failure;
  std::size_t sent = 0;
  std::uint64_t sent_bytes = 0;
};

CacheExport::CacheExport(std::vector<CacheTarget> targets, layers::Store& store, Reporter& reporter,
                         SharedCaches* known, std::stop_source abandon)
    : store_(store),
      reporter_(reporter),
      known_(known),
      abandon_(std::move(abandon)),
      pool_(kThreads) {
  for (CacheTarget& target : targets) {
    targets_.push_back(std::make_unique<Target>(std::move(target)));
  }
}

CacheExport::~CacheExport() { abandon_.request_stop(); }

void CacheExport::StartOver() {
  const std::scoped_lock lock(mutex_);
  steps_.clear();
  selections_.clear();
}

void CacheExport::AddStep(const oci::Digest& key, const CacheRecord& record, bool of_image) {
  const std::scoped_lock lock(mutex_);
  const Step step{record, of_image};
  if (!steps_.insert_or_assign(key, step).second) return;
  if (started_) Submit(key, step);
}

void CacheExport::AddSelection(const oci::Digest& subject, const std::string& value) {
  const std::scoped_lock lock(mutex_);
  selections_.insert_or_assign(subject, value);
}

void CacheExport::AddDocument(std::string media_type, std::string text) {
  if (text.size() > kLongestDocument) return;
  const std::scoped_lock lock(mutex_);
  const bool known = std::any_of(documents_.begin(), documents_.end(),
                                 [&](const auto& document) { return document.text == text; });
  if (!known) documents_.push_back({std::move(media_type), std::move(text), 0});
}

void CacheExport::SetFacts(std::string text) {
  const std::scoped_lock lock(mutex_);
  facts_ = std::move(text);
}

void CacheExport::Start() {
  const std::scoped_lock lock(mutex_);
  if (std::exchange(started_, true)) return;
  for (const auto& [key, step] : steps_) Submit(key, step);
}

void CacheExport::Submit(const oci::Digest& key, const Step& step) {
  for (const auto& target : targets_) {
    pool_.Submit(
        [this, key, step, to = target.get()](const std::stop_token&) { Send(*to, key, step); });
  }
}

bool CacheExport::Wants(const Target& target, const Step& step) const {
  return target.settings.all_layers || step.of_image;
}

// Also fills in what the cache has already.
bool CacheExport::IsMissing(Target& target, const oci::Digest& key, const Step& step) {
  if (!Wants(target, step)) return false;
  const Answers& current = target.Current();
  const auto same =
      std::find_if(current.records.begin(), current.records.end(), [&](const SharedRecord& record) {
        return record.key == key && record.result.layer == step.record.layer && record.blob;
      });
  if (same == current.records.end()) return true;
  const std::scoped_lock lock(target.mutex);
  target.blobs.emplace(step.record.layer, *same->blob);
  return false;
}

LayerBlob CacheExport::BlobFor(const Target& target, const Step& step) {
  const oci::DiffId& layer = step.record.layer;
  if (known_ != nullptr) {
    if (auto blob = known_->BlobOf(layer)) return *std::move(blob);
  }
  const layers::CompressionChoice& choice = target.settings.compression;
  const oci::Descriptor blob =
      layers::CompressedForm(store_, PlainLayer(step.record), layer, choice, reporter_);
  return {.digest = blob.digest, .size = blob.size, .choice = layers::ChoiceName(choice)};
}

void CacheExport::Send(Target& target, const oci::Digest& key, const Step& step) {
  if (target.HasFailed()) return;
  try {
    if (!IsMissing(target, key, step)) return;
    Upload(target, step.record.layer, BlobFor(target, step));
  } catch (const Error& error) {
    target.Fail(error.what());
  }
}

void CacheExport::Upload(Target& target, const oci::DiffId& layer, const LayerBlob& blob) {
  const oci::Descriptor descriptor = blob.Describe();
  if (!target.settings.cache->Has(descriptor)) {
    Activity activity(reporter_, fmt::format("send layer {} ({}) to cache {}", layer.digest.Short(),
                                             FormatByteSize(blob.size), target.settings.place));
    try {
      target.settings.cache->Put(descriptor, [&]() -> std::unique_ptr<ByteSource> {
        if (known_ == nullptr || store_.blobs().Has(descriptor.digest)) {
          return store_.blobs().Open(descriptor);
        }
        return known_->OpenBlob(layer);
      });
    } catch (const Error&) {
      activity.Cancelled();
      throw;
    }
    activity.Done();
    const std::scoped_lock lock(target.mutex);
    ++target.sent;
    target.sent_bytes += blob.size;
  }
  const std::scoped_lock lock(target.mutex);
  target.blobs.insert_or_assign(layer, blob);
}

Answers CacheExport::Ours(const Target& target) const {
  const std::int64_t now = Now().seconds;
  Answers ours;
  for (const auto& [key, step] : steps_) {
    SharedRecord record{
        .key = key, .result = step.record, .blob = {}, .used = now, .signature = {}};
    const auto blob = target.blobs.find(step.record.layer);
    if (blob != target.blobs.end()) record.blob = blob->second;
    ours.records.push_back(std::move(record));
  }
  for (const auto& [subject, value] : selections_) {
    ours.selections.push_back({subject, value, now, {}});
  }
  ours.documents = documents_;
  for (SharedDocument& document : ours.documents) document.used = now;
  if (target.settings.key) Sign(ours, *target.settings.key);
  return ours;
}

// Of a build that tells the cache something new.
void CacheExport::AddFacts(Target& target, Answers& ours) {
  if (facts_.empty() || !AddsTo(target.Current(), ours)) return;
  const std::string packed = PackText(facts_);
  const SharedFacts facts{
      .digest = oci::Digest::OfText(packed), .size = packed.size(), .used = Now().seconds};
  if (!target.settings.cache->Has(facts.Describe())) {
    target.settings.cache->Put(facts.Describe(),
                               [&] { return std::make_unique<StringSource>(packed); });
  }
  ours.facts.push_back(facts);
}

void CacheExport::WriteDocument(Target& target) {
  Answers ours = Ours(target);
  AddFacts(target, ours);
  bool written = false;
  target.settings.cache->WriteAnswers(
      [&](const std::optional<std::string>& text) -> std::optional<oci::CacheAnswers> {
        Answers theirs = ParseAnswersToReplace(text);
        if (!AddsTo(theirs, ours)) return std::nullopt;
        written = true;
        return ToCacheAnswers(Merge(std::move(theirs), ours, Now().seconds));
      });
  reporter_.Log(LogLevel::kInfo,
                fmt::format("cache {}: {} records{}, {} layers sent ({})", target.settings.place,
                            ours.records.size(), written ? "" : " (unchanged)", target.sent,
                            FormatByteSize(target.sent_bytes)));
}

void CacheExport::AddMount(LocalMount mount) {
  const std::scoped_lock lock(mutex_);
  mounts_.insert_or_assign(mount.name, std::move(mount));
}

void CacheExport::SendMountsTo(Target& target, const std::function<void()>& become_root) {
  std::vector<LocalMount> wanted;
  for (const auto& [name, mount] : mounts_) {
    if (target.settings.mounts.Has(mount.id)) wanted.push_back(mount);
  }
  if (wanted.empty()) return;
  become_root();
  const SentMounts sent = SendMounts(store_, wanted,
                                     {.place = target.settings.place,
                                      .cache = *target.settings.cache,
                                      .key = target.settings.key ? &*target.settings.key : nullptr,
                                      .limit = target.settings.mount_limit,
                                      .wait = false},
                                     reporter_);
  std::string line =
      fmt::format("cache {}: {} cache mounts ({}), {} sent", target.settings.place, sent.mounts,
                  FormatByteSize(sent.bytes), FormatByteSize(sent.sent));
  if (sent.left_out != 0) line += fmt::format(", {} files left out", sent.left_out);
  if (sent.in_use != 0) line += fmt::format(", {} mounts in use by others not sent", sent.in_use);
  reporter_.Log(LogLevel::kInfo, line);
}

void CacheExport::Finish(const std::function<void()>& become_root) {
  const auto guarded = [&](Target& target, const auto& work) {
    if (target.HasFailed()) return;
    try {
      work();
    } catch (const Error& error) {
      target.Fail(error.what());
    }
  };
  bool missing = false;
  for (const auto& target : targets_) {
    if (started_) break;
    guarded(*target, [&] {
      for (const auto& [key, step] : steps_) missing |= IsMissing(*target, key, step);
    });
  }
  if (missing) {
    guarded(*targets_.front(), become_root);
    Start();
  }
  pool_.Wait();
  for (const auto& target : targets_) {
    guarded(*target, [&] { WriteDocument(*target); });
    guarded(*target, [&] { SendMountsTo(*target, become_root); });
    if (target->failure.empty()) continue;
    reporter_.Log(LogLevel::kWarning,
                  fmt::format("cache {}: not written: {}", target->settings.place,
                              PrintableText(target->failure)));
  }
}

std::string CacheExport::InlineText(const std::map<oci::DiffId, LayerBlob>& layers) const {
  const std::scoped_lock lock(mutex_);
  Answers answers;
  for (const auto& [key, step] : steps_) {
    SharedRecord record{.key = key, .result = step.record, .blob = {}, .used = 0, .signature = {}};
    const auto blob = layers.find(step.record.layer);
    if (blob != layers.end()) record.blob = blob->second;
    answers.records.push_back(std::move(record));
  }
  for (const auto& [subject, value] : selections_) {
    answers.selections.push_back({subject, value, 0, {}});
  }
  return Serialize(answers);
}

}  // namespace ibuild::builder
