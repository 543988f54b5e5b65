#include "layers/store/reclaim.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "layers/store/compressed_layers.h"
#include "layers/store/key_lock.h"
#include "layers/store/live_sessions.h"
#include "layers/store/partial_blob.h"
#include "layers/store/reachable.h"
#include "layers/store/tree_size.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

std::optional<oci::Digest> DigestOfName(const path& entry) {
  return oci::Digest::TryParse("sha256:" + entry.filename().native());
}

std::optional<std::string> ReadDocumentFile(const StoreLayout& layout,
                                            const oci::Descriptor& document) {
  constexpr std::size_t kDocumentLimit = 8u << 20;
  if (document.size > kDocumentLimit) return std::nullopt;
  auto text = ReadFileIfExists(layout.Blob(document.digest), kDocumentLimit);
  if (!text || oci::Digest::OfText(*text) != document.digest) return std::nullopt;
  return text;
}

struct Victim {
  path place;
  std::size_t PruneReport::*counter;  // null: not worth telling
  std::optional<KeyLock> lock = {};   // held until it is out of sight
};

// Pinning takes moments. Who holds longer reads from a store in which it cannot note what it uses.
FileLock KeepOthersFromPinning(const StoreLayout& layout) {
  constexpr std::chrono::seconds kPatience{10};
  constexpr std::chrono::milliseconds kPause{5};
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    auto lock = FileLock::TryAcquire(layout.reclaim_lock(), FileLock::Mode::kExclusive);
    if (lock) return *std::move(lock);
    if (std::chrono::steady_clock::now() > end) {
      throw Error(ErrorKind::kUnavailable,
                  "another command reads from the store, and with a full disk it cannot say what")
          .WithHint("wait for it to end, or end it, then try again");
    }
    std::this_thread::sleep_for(kPause);
  }
}

// Everything in the store, asked one after the other whether it may stay.
class Sweep {
 public:
  Sweep(Store& store, const PruneOptions& options)
      : store_(store), layout_(store.layout()), options_(options) {}

  // Under the reclaim lock.
  std::vector<Victim> FindVictims() && {
    sessions_ = FindLiveSessions(layout_);
    needed_ = Reachable(Roots(), [this](const oci::Descriptor& document) {
      return ReadDocumentFile(layout_, document);
    });
    for (const path& lease : sessions_.dead) Condemn(lease, nullptr);
    SweepStaging();
    SweepLayers(layout_.layers());
    SweepLayers(layout_.chains());
    SweepCompressed();
    SweepBlobs();
    SweepUnsyncedMarks();
    if (options_.cache) SweepCache();
    RemoveUnheldLocks(layout_);
    return std::move(victims_);
  }

 private:
  // A dry run has left the entries in place; a real one has already removed them.
  std::vector<oci::Descriptor> Roots() {
    std::vector<oci::Descriptor> roots = store_.names().Roots();
    std::set<oci::Digest> doomed;
    if (options_.untagged) {
      for (const oci::Descriptor& image : store_.names().Untagged()) doomed.insert(image.digest);
    }
    if (options_.images) {
      for (const NamedImage& image : store_.names().List()) doomed.insert(image.descriptor.digest);
    }
    std::erase_if(roots, [&](const auto& root) { return doomed.contains(root.digest); });
    return roots;
  }

  void Condemn(const path& place, std::size_t PruneReport::*counter) {
    victims_.push_back({place, counter, std::nullopt});
  }

  bool IsPinned(const oci::Digest& digest) const { return sessions_.pinned.contains(digest); }

  void SweepStaging() {
    for (const path& entry : EntriesOf(layout_.ingest())) {
      if (IsPartialBlob(entry) && !IsAbandoned(entry)) continue;
      if (!sessions_.names.contains(SessionOfStaging(entry.filename().native()))) {
        Condemn(entry, nullptr);
      }
    }
  }

  bool IsNeeded(const oci::Digest& layer) const {
    return needed_.layers.contains({layer}) || needed_.chains.contains({layer});
  }

  // Of what only makes the next build fast.
  bool Expendable(const oci::Digest& layer) const {
    return options_.cache || (options_.is_expendable && options_.is_expendable(layer));
  }

  void SweepLayers(const path& directory) {
    for (const path& entry : EntriesOf(directory)) {
      const auto name = DigestOfName(entry);
      if (name && (IsPinned(*name) || IsNeeded(*name) || !Expendable(*name))) {
        kept_layers_.insert(*name);
      } else {
        Condemn(entry, &PruneReport::layers);
      }
    }
  }

  // A compressed blob is worth keeping while there is a layer that it would be made from again.
  bool IsUsefulRecord(const path& record, const oci::Descriptor& blob) const {
    if (needed_.blobs.contains(blob.digest) || IsPinned(blob.digest)) return true;
    const auto layer = DigestOfName(record.stem());
    return !options_.cache && layer && (kept_layers_.contains(*layer) || IsNeeded(*layer));
  }

  void SweepCompressed() {
    for (const path& record : EntriesOf(layout_.compressed())) {
      const auto blob = ParseCompressedRecord(ReadFileIfExists(record, 4096).value_or(""));
      if (blob && IsUsefulRecord(record, *blob)) {
        useful_blobs_.insert(blob->digest);
      } else {
        Condemn(record, nullptr);
      }
    }
  }

  void SweepBlobs() {
    for (const path& entry : EntriesOf(layout_.blobs())) {
      const auto digest = DigestOfName(entry);
      const bool stays = digest && (needed_.blobs.contains(*digest) || IsPinned(*digest) ||
                                    useful_blobs_.contains(*digest));
      if (!stays) Condemn(entry, &PruneReport::blobs);
    }
  }

  // A mark without its layer: of a commit under way, which has pinned the layer, or of one that
  // died.
  void SweepUnsyncedMarks() {
    for (const path& mark : EntriesOf(layout_.unsynced())) {
      const std::string name = mark.filename().native();
      const auto digest = DigestOfName(name.substr(name.find(':') + 1));
      if (!digest || (!kept_layers_.contains(*digest) && !IsPinned(*digest))) {
        Condemn(mark, nullptr);
      }
    }
  }

  void SweepCache() {
    for (const path& bucket : EntriesOf(layout_.cache())) {
      for (const path& record : EntriesOf(bucket)) Condemn(record, &PruneReport::records);
    }
    for (const path& mount : EntriesOf(layout_.cache_mounts())) {
      // Whoever takes the lock next finds the mount gone and makes it.
      auto lock = KeyLock::TryAcquire(layout_.CacheMountLock(mount.filename().native()),
                                      FileLock::Mode::kExclusive);
      if (lock) victims_.push_back({mount, &PruneReport::cache_mounts, std::move(lock)});
    }
  }

  Store& store_;
  const StoreLayout& layout_;
  const PruneOptions& options_;
  LiveSessions sessions_;
  Reachability needed_;
  std::set<oci::Digest> kept_layers_;
  std::set<oci::Digest> useful_blobs_;
  std::vector<Victim> victims_;
};

// Nobody waits for the disk after a build, but whoever prunes has time.
void SyncWhatStays(Store& store) {
  try {
    store.layer_directories().MakeDurable();
  } catch (const Error&) {  // a disk that is still full: what is unsynced stays marked
  }
}

std::uint64_t SizeOf(const std::vector<Victim>& victims) {
  std::uint64_t bytes = 0;
  for (const Victim& victim : victims) bytes += SizeOnDisk(victim.place);
  return bytes;
}

void Count(const std::vector<Victim>& victims, PruneReport& report) {
  for (const Victim& victim : victims) {
    if (victim.counter != nullptr) ++(report.*victim.counter);
  }
}

void AddUsage(const path& directory, std::size_t& count, std::uint64_t& bytes) {
  for (const path& entry : EntriesOf(directory)) {
    ++count;
    bytes += SizeOnDisk(entry);
  }
}

}  // namespace

PruneReport Prune(Store& store, const PruneOptions& options) {
  const StoreLayout& layout = store.layout();
  PruneReport report;
  store.names().Roots();  // what cannot be read stops it before anything is gone
  if (options.untagged && !options.dry_run) store.names().ClearUntagged();
  if (options.images) {
    report.names = store.names().List().size();
    if (!options.dry_run) store.names().Clear();
  }
  {
    const FileLock lock = KeepOthersFromPinning(layout);
    const std::vector<Victim> victims = Sweep(store, options).FindVictims();
    Count(victims, report);
    if (options.dry_run) {
      report.bytes = SizeOf(victims) + SizeOnDisk(layout.trash());
      return report;
    }
    for (const Victim& victim : victims) MoveToTrash(layout, victim.place);
  }
  report.bytes = EmptyTrash(layout);
  SyncWhatStays(store);
  return report;
}

StoreUsage DiskUsage(Store& store) {
  const StoreLayout& layout = store.layout();
  StoreUsage usage;
  usage.names = store.names().List().size();
  AddUsage(layout.blobs(), usage.blobs, usage.blob_bytes);
  AddUsage(layout.layers(), usage.layers, usage.layer_bytes);
  AddUsage(layout.chains(), usage.layers, usage.layer_bytes);
  for (const path& bucket : EntriesOf(layout.cache())) {
    AddUsage(bucket, usage.records, usage.record_bytes);
  }
  AddUsage(layout.cache_mounts(), usage.cache_mounts, usage.cache_mount_bytes);
  for (const path& other : {layout.ingest(), layout.trash(), layout.compressed(), layout.locks()}) {
    usage.other_bytes += SizeOnDisk(other);
  }
  return usage;
}

}  // namespace ibuild::layers
