// SharedCaches: the caches of --cache-from, asked while the build begins.
//
// Ask() sends one request to each, in threads; a lookup that the store could not answer waits for
// their answers, but no longer than the patience that is left since then. What a cache knows counts
// as found at once; its layers are fetched when a step needs their files. A cache that fails, lies
// or dawdles is told of in one line, and the build goes on as if it were empty. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "builder/cache/answers.h"
#include "builder/cache/mount_travel.h"
#include "layers/store/store.h"
#include "oci/shared_cache.h"
#include "support/report.h"

namespace ibuild::builder {

class LayerLost;

struct CacheSource {
  std::string place;  // as --cache-from says it, for messages and for fetching later
  std::shared_ptr<oci::SharedCache> cache;
  std::vector<VerifyKey> trusted;  // empty: anybody's word
  MountChoice mounts = {.all = true};
};

class SharedCaches {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds kPatience{5000};

  // `store` and `reporter` must outlive it.
  SharedCaches(std::vector<CacheSource> sources, layers::Store& store, Reporter& reporter,
               Milliseconds patience = kPatience);
  ~SharedCaches();
  SharedCaches(const SharedCaches&) = delete;
  SharedCaches& operator=(const SharedCaches&) = delete;

  void Ask();
  // Afterwards no thread is left: a process with threads cannot enter a user namespace. Nobody
  // waits for that; what was not answered is asked again when a lookup needs it.
  void Settle();

  std::optional<CacheRecord> Find(const oci::Digest& key);
  std::optional<std::string> FindSelection(const oci::Digest& subject);
  // Puts the documents of base images where blobs go.
  void StoreDocuments();

  // What earlier builds on other machines were made of, the latest first. A cache that does not
  // give it has none.
  std::vector<std::string> ReadFacts();

  // What the caches have of a cache mount; waits like Find.
  std::vector<MountOrigin> MountsOf(const oci::Digest& name);

  // The blob of a layer that Find gave out and the cache has.
  std::optional<LayerBlob> BlobOf(const oci::DiffId& layer);
  std::unique_ptr<ByteSource> OpenBlob(const oci::DiffId& layer);
  // Fetches those layers that Find gave out and the store lacks, side by side; returns the blobs
  // of all that came from here. Throws LayerLost.
  std::map<oci::DiffId, oci::Descriptor> Bring(const std::vector<oci::DiffId>& layers);
  // They were unpacked and are what they were said to be: from now on the store knows it too.
  void Adopt(const std::vector<oci::DiffId>& layers);
  // No record names them any more.
  void Forget(const LayerLost& lost);
  // Remembers where the layers of a finished image are that nobody needed. Throws LayerLost when
  // the cache that knows one does not have it.
  void KeepOrigins(const std::vector<oci::DiffId>& layers);
  // A layer that KeepOrigins remembered, by its digest or that of its blob, as the descriptor says;
  // null: none of them. Throws LayerLost.
  std::unique_ptr<ByteSource> OpenKept(const oci::Descriptor& descriptor);

 private:
  struct Asked;
  struct Given {
    std::size_t source;
    SharedRecord record;
  };

  void AskOne(std::size_t index, const std::stop_token& stop);
  bool IsTold(std::size_t index);
  void Warn(const std::string& place, const std::string& why);
  static bool IsOver(const Asked& asked);
  void AskAgain();
  // With the lock held: until `done` or the patience is over.
  template <typename Done>
  void WaitUntil(std::unique_lock<std::mutex>& lock, const Done& done);
  const SharedRecord* FindIn(const Asked& asked, const oci::Digest& key) const;
  std::optional<Given> GivenOf(const oci::DiffId& layer);
  oci::Descriptor BringOne(const oci::DiffId& layer, const Given& given);
  bool IsHere(const oci::DiffId& layer) const;

  const std::vector<CacheSource> sources_;
  layers::Store& store_;
  Reporter& reporter_;
  const Milliseconds patience_;
  std::chrono::steady_clock::time_point deadline_;

  std::mutex mutex_;
  std::condition_variable answered_;
  std::vector<Asked> asked_;
  std::map<oci::DiffId, Given> given_;
  std::set<oci::DiffId> lost_;
  bool without_blobs_ = true;  // records whose layers are nowhere still count
  std::vector<std::jthread> threads_;
};

}  // namespace ibuild::builder
