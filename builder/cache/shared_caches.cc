#include "builder/cache/shared_caches.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "builder/cache/layer_lost.h"
#include "layers/compress/codec.h"
#include "layers/store/compressed_layers.h"
#include "layers/store/layer_origins.h"
#include "support/error.h"
#include "support/task_pool.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kFetches = 4;       // at once
constexpr std::size_t kMostKept = 64;     // documents, of all caches together
constexpr std::size_t kMostCompared = 4;  // earlier builds

}  // namespace

struct SharedCaches::Asked {
  bool answered = false;
  bool told = false;     // that it does not answer
  bool cut_off = false;  // by Settle
  std::multimap<oci::Digest, SharedRecord> records;
  std::map<oci::Digest, std::string> selections;
  std::vector<SharedDocument> documents;
  std::vector<SharedFacts> facts;
  std::vector<SharedMount> mounts;
};

SharedCaches::SharedCaches(std::vector<CacheSource> sources, layers::Store& store,
                           Reporter& reporter, Milliseconds patience)
    : sources_(std::move(sources)),
      store_(store),
      reporter_(reporter),
      patience_(patience),
      asked_(sources_.size()) {}

SharedCaches::~SharedCaches() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void SharedCaches::Ask() {
  deadline_ = std::chrono::steady_clock::now() + patience_;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    threads_.emplace_back([this, i](const std::stop_token& stop) { AskOne(i, stop); });
  }
}

void SharedCaches::Warn(const std::string& place, const std::string& why) {
  reporter_.Log(LogLevel::kWarning,
                fmt::format("cache {}: {}; going on without it", place, PrintableText(why)));
}

// That it does not answer in time: the reason that comes later is no news.
bool SharedCaches::IsTold(std::size_t index) {
  const std::scoped_lock lock(mutex_);
  return std::exchange(asked_[index].told, true);
}

void SharedCaches::AskOne(std::size_t index, const std::stop_token& stop) {
  Answers answers;
  const CacheSource& source = sources_[index];
  try {
    if (const auto text = source.cache->ReadAnswers(stop)) answers = ParseAnswers(*text);
    if (const std::size_t refused = RemoveUntrusted(answers, source.trusted); refused != 0) {
      Warn(source.place,
           fmt::format("{} records are not signed by a key that is trusted", refused));
    }
  } catch (const Error& error) {
    if (stop.stop_requested()) {
      const std::scoped_lock lock(mutex_);
      asked_[index].cut_off = !asked_[index].told;
      return;
    }
    if (!IsTold(index)) Warn(source.place, error.what());
    answers = Answers();
  }
  const std::scoped_lock lock(mutex_);
  Asked& asked = asked_[index];
  for (SharedRecord& record : answers.records) {
    oci::Digest key = record.key;
    asked.records.emplace(std::move(key), std::move(record));
  }
  for (SharedSelection& selection : answers.selections) {
    asked.selections.emplace(selection.subject, std::move(selection.value));
  }
  asked.documents = std::move(answers.documents);
  asked.facts = std::move(answers.facts);
  asked.mounts = std::move(answers.mounts);
  asked.answered = true;
  answered_.notify_all();
}

// One that has been told to be silent is waited for no more.
bool SharedCaches::IsOver(const Asked& asked) { return asked.answered || asked.told; }

// With the mutex held.
void SharedCaches::AskAgain() {
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    if (!std::exchange(asked_[i].cut_off, false)) continue;
    deadline_ = std::chrono::steady_clock::now() + patience_;
    threads_.emplace_back([this, i](const std::stop_token& stop) { AskOne(i, stop); });
  }
}

template <typename Done>
void SharedCaches::WaitUntil(std::unique_lock<std::mutex>& lock, const Done& done) {
  if (!done()) AskAgain();
  answered_.wait_until(lock, deadline_, done);
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    if (asked_[i].answered || asked_[i].told || done()) continue;
    asked_[i].told = true;
    Warn(sources_[i].place,
         fmt::format("no answer within {} s", std::chrono::duration<double>(patience_).count()));
  }
}

void SharedCaches::Settle() {
  std::vector<std::jthread> threads;
  {
    const std::scoped_lock lock(mutex_);
    threads.swap(threads_);
  }
  for (std::jthread& thread : threads) thread.request_stop();
}

const SharedRecord* SharedCaches::FindIn(const Asked& asked, const oci::Digest& key) const {
  const auto [begin, end] = asked.records.equal_range(key);
  for (auto record = begin; record != end; ++record) {
    if (lost_.contains(record->second.result.layer)) continue;
    if (record->second.blob || without_blobs_) return &record->second;
  }
  return nullptr;
}

std::optional<CacheRecord> SharedCaches::Find(const oci::Digest& key) {
  std::unique_lock lock(mutex_);
  std::optional<Given> found;
  WaitUntil(lock, [&] {
    bool all = true;
    for (std::size_t i = 0; i < asked_.size() && !found; ++i) {
      if (const SharedRecord* record = FindIn(asked_[i], key)) found = Given{i, *record};
      all = all && IsOver(asked_[i]);
    }
    return found || all;
  });
  if (!found) return std::nullopt;
  const CacheRecord result = found->record.result;
  Given& given = given_.try_emplace(result.layer, *found).first->second;
  if (!given.record.blob) given = *std::move(found);
  return result;
}

std::optional<std::string> SharedCaches::FindSelection(const oci::Digest& subject) {
  std::unique_lock lock(mutex_);
  std::optional<std::string> found;
  WaitUntil(lock, [&] {
    bool all = true;
    for (const Asked& asked : asked_) {
      const auto entry = asked.selections.find(subject);
      if (!found && entry != asked.selections.end()) found = entry->second;
      all = all && IsOver(asked);
    }
    return found || all;
  });
  return found;
}

std::vector<MountOrigin> SharedCaches::MountsOf(const oci::Digest& name) {
  std::unique_lock lock(mutex_);
  WaitUntil(lock, [this] { return std::all_of(asked_.begin(), asked_.end(), IsOver); });
  std::vector<MountOrigin> origins;
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    for (const SharedMount& mount : asked_[i].mounts) {
      if (mount.name != name || !sources_[i].mounts.Has(mount.id)) continue;
      origins.push_back({sources_[i].place, sources_[i].cache.get(), mount});
    }
  }
  return origins;
}

void SharedCaches::StoreDocuments() {
  std::vector<SharedDocument> documents;
  {
    std::unique_lock lock(mutex_);
    WaitUntil(lock, [this] { return std::all_of(asked_.begin(), asked_.end(), IsOver); });
    for (Asked& asked : asked_) {
      std::move(asked.documents.begin(), asked.documents.end(), std::back_inserter(documents));
      asked.documents.clear();
    }
  }
  if (documents.size() > kMostKept) documents.resize(kMostKept);
  for (const SharedDocument& document : documents) {
    oci::PutBlob(store_.blobs(), document.media_type, document.text);
  }
}

std::vector<std::string> SharedCaches::ReadFacts() {
  std::vector<std::pair<std::size_t, SharedFacts>> known;
  {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      for (const SharedFacts& facts : asked_[i].facts) known.emplace_back(i, facts);
    }
  }
  std::stable_sort(known.begin(), known.end(),
                   [](const auto& a, const auto& b) { return a.second.used > b.second.used; });
  std::vector<std::string> texts;
  for (const auto& [source, facts] : known) {
    if (texts.size() == kMostCompared) break;
    try {
      const auto content = sources_[source].cache->Open(facts.Describe());
      texts.push_back(UnpackText(ReadToString(*content, oci::SharedCache::kMostBytes)));
    } catch (const Error&) {
      // Only a reason is lost.
    }
  }
  return texts;
}

std::optional<SharedCaches::Given> SharedCaches::GivenOf(const oci::DiffId& layer) {
  const std::scoped_lock lock(mutex_);
  const auto given = given_.find(layer);
  if (given == given_.end()) return std::nullopt;
  return given->second;
}

bool SharedCaches::IsHere(const oci::DiffId& layer) const {
  return store_.layer_directories().Has(layer) || store_.blobs().Has(layer.digest);
}

std::optional<LayerBlob> SharedCaches::BlobOf(const oci::DiffId& layer) {
  const auto given = GivenOf(layer);
  return given ? given->record.blob : std::nullopt;
}

std::unique_ptr<ByteSource> SharedCaches::OpenBlob(const oci::DiffId& layer) {
  const auto given = GivenOf(layer);
  if (!given || !given->record.blob) {
    throw Error(ErrorKind::kNotFound, "no cache has layer " + layer.ToString());
  }
  return sources_[given->source].cache->Open(given->record.blob->Describe());
}

oci::Descriptor SharedCaches::BringOne(const oci::DiffId& layer, const Given& given) {
  const CacheSource& source = sources_[given.source];
  const oci::Descriptor blob = given.record.blob->Describe();
  if (!store_.blobs().Has(blob.digest)) {
    Activity activity(reporter_,
                      fmt::format("fetch layer {} ({}) from cache {}", layer.digest.Short(),
                                  FormatByteSize(blob.size), source.place));
    try {
      const auto content = source.cache->Open(blob);
      store_.blobs().Put(blob, *content);
    } catch (const Error& error) {
      activity.Cancelled();
      throw LayerLost({layer}, fmt::format("cache {}: layer {} cannot be had: {}", source.place,
                                           layer.digest.Short(), PrintableText(error.what())));
    }
    activity.Done();
  }
  layers::RememberCompressed(store_, layer, *layers::ParseChoiceName(given.record.blob->choice),
                             blob);
  return blob;
}

std::map<oci::DiffId, oci::Descriptor> SharedCaches::Bring(const std::vector<oci::DiffId>& layers) {
  std::map<oci::DiffId, Given> wanted;
  for (const oci::DiffId& layer : layers) {
    if (auto given = GivenOf(layer); given && !IsHere(layer)) wanted.emplace(layer, *given);
  }
  std::vector<oci::DiffId> nowhere;
  for (const auto& [layer, given] : wanted) {
    if (!given.record.blob) nowhere.push_back(layer);
  }
  if (!nowhere.empty()) throw LayerLost(std::move(nowhere), "");
  std::mutex mutex;
  std::map<oci::DiffId, oci::Descriptor> blobs;
  TaskPool pool(kFetches);
  for (const auto& [layer, given] : wanted) {
    pool.Submit([&, &id = layer, &from = given](const std::stop_token&) {
      oci::Descriptor blob = BringOne(id, from);
      const std::scoped_lock lock(mutex);
      blobs.emplace(id, std::move(blob));
    });
  }
  pool.Wait();
  return blobs;
}

void SharedCaches::Adopt(const std::vector<oci::DiffId>& layers) {
  const CacheIndex index(store_);
  for (const oci::DiffId& layer : layers) {
    const auto given = GivenOf(layer);
    if (given) index.Put({given->record.key, {}}, given->record.result);
  }
}

void SharedCaches::Forget(const LayerLost& lost) {
  if (!lost.message().empty()) {
    reporter_.Log(LogLevel::kWarning, lost.message() + "; its step runs instead");
  }
  const std::scoped_lock lock(mutex_);
  // One layer that is in no cache: its step runs, and so will those that it stands on.
  if (lost.message().empty()) without_blobs_ = false;
  lost_.insert(lost.layers().begin(), lost.layers().end());
  for (const oci::DiffId& layer : lost.layers()) {
    given_.erase(layer);
    layers::ForgetOrigin(store_, layer);
  }
}

void SharedCaches::KeepOrigins(const std::vector<oci::DiffId>& layers) {
  std::vector<oci::DiffId> nowhere;
  for (const oci::DiffId& layer : layers) {
    const auto given = GivenOf(layer);
    if (!given || IsHere(layer)) continue;
    if (!given->record.blob) {
      nowhere.push_back(layer);
      continue;
    }
    layers::RememberOrigin(store_, {.layer = layer,
                                    .blob = given->record.blob->Describe(),
                                    .choice = given->record.blob->choice,
                                    .place = sources_[given->source].place});
  }
  if (!nowhere.empty()) throw LayerLost(std::move(nowhere), "");
}

std::unique_ptr<ByteSource> SharedCaches::OpenKept(const oci::Descriptor& descriptor) {
  const auto origin = layers::FindOrigin(store_, descriptor.digest);
  const auto given = origin ? GivenOf(origin->layer) : std::nullopt;
  if (!given || !given->record.blob) return nullptr;
  const oci::Descriptor blob = BringOne(origin->layer, *given);
  auto content = store_.blobs().Open(blob);
  if (blob.digest == descriptor.digest) return content;
  return layers::Decompress(std::move(content));
}

}  // namespace ibuild::builder
