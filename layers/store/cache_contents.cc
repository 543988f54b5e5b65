#include "layers/store/cache_contents.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "layers/store/key_lock.h"
#include "layers/store/tree_size.h"
#include "oci/digest.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

constexpr std::size_t kLongestRecordOfALayer = 4096;
constexpr std::size_t kChecksumLine = 17;  // RecordDirectory's

std::vector<path> EntriesOf(const path& directory) {
  std::vector<path> entries;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(directory, absent)) {
    entries.push_back(entry.path());
  }
  return entries;
}

UnixTime UseOf(const path& file) {
  struct stat info;
  if (::lstat(file.c_str(), &info) != 0) return {};
  return {.seconds = info.st_mtim.tv_sec,
          .nanoseconds = static_cast<std::int32_t>(info.st_mtim.tv_nsec)};
}

std::uint64_t FreeBytes(const path& root) {
  struct statvfs info;
  if (::statvfs(root.c_str(), &info) != 0) ThrowErrno("look at the disk of " + root.native());
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

std::optional<oci::DiffId> LayerIn(const path& record, const LayerOfRecord& layer_of) {
  struct stat info;
  if (::stat(record.c_str(), &info) != 0) return std::nullopt;
  if (static_cast<std::uint64_t>(info.st_size) > kLongestRecordOfALayer) return std::nullopt;
  const auto text = ReadFileIfExists(record, kLongestRecordOfALayer);
  if (!text || text->size() < kChecksumLine) return std::nullopt;
  return layer_of(std::string_view(*text).substr(kChecksumLine));
}

class Listing {
 public:
  Listing(const Store& store, const LayerOfRecord& layer_of)
      : layout_(store.layout()), layer_of_(layer_of) {}

  std::vector<CacheEntry> Run() && {
    AddRecords();
    AddLayers();
    AddMounts();
    return std::move(entries_);
  }

 private:
  void AddRecords() {
    for (const path& bucket : EntriesOf(layout_.cache())) {
      for (const path& record : EntriesOf(bucket)) {
        const auto layer = LayerIn(record, layer_of_);
        CacheEntry entry{.kind = CacheKind::kRecord,
                         .id = record.filename(),
                         .records = {record},
                         .bytes = SizeOnDisk(record),
                         .used = UseOf(record)};
        if (!layer) {
          entries_.push_back(std::move(entry));
          continue;
        }
        CacheEntry& of_layer = layers_[layer->digest.hex()];
        of_layer.records.push_back(record);
        of_layer.bytes += entry.bytes;
        of_layer.used = std::max(of_layer.used, entry.used);
      }
    }
  }

  // Those without a record, of bases say, were last used when they were made, as far as one knows.
  void AddLayers() {
    for (const path& directory : {layout_.layers(), layout_.chains()}) {
      for (const path& layer : EntriesOf(directory)) {
        CacheEntry& entry = layers_[layer.filename()];
        entry.bytes += SizeOnDisk(layer);
        if (entry.records.empty()) entry.used = UseOf(layer / kMetaName);
      }
    }
    for (auto& [id, entry] : layers_) {
      entry.kind = CacheKind::kLayer;
      entry.id = id;
      entries_.push_back(std::move(entry));
    }
  }

  void AddMounts() {
    for (const path& mount : EntriesOf(layout_.cache_mounts())) {
      const UnixTime named = UseOf(layout_.Record(MountNameKey(mount.filename().native())));
      entries_.push_back({.kind = CacheKind::kMount,
                          .id = mount.filename(),
                          .records = {},
                          .bytes = SizeOnDisk(mount),
                          .used = std::max(named, UseOf(mount))});
    }
  }

  const StoreLayout& layout_;
  const LayerOfRecord& layer_of_;
  std::map<std::string, CacheEntry> layers_;
  std::vector<CacheEntry> entries_;
};

std::vector<CacheItem> ItemsOf(const std::vector<CacheEntry>& entries) {
  std::vector<CacheItem> items;
  for (const CacheEntry& entry : entries) items.push_back({entry.id, entry.bytes, entry.used});
  return items;
}

// A record is advice: whoever has read it has pinned its layer.
void RemoveRecords(const CacheEntry& entry, PruneReport& report, bool dry_run) {
  for (const path& record : entry.records) {
    ++report.records;
    report.bytes += SizeOnDisk(record);
    if (!dry_run) ::unlink(record.c_str());
  }
}

// The lock may go again at once: whoever takes it next finds the mount gone and makes it.
void RemoveMount(const StoreLayout& layout, const CacheEntry& entry, PruneReport& report,
                 bool dry_run) {
  if (!KeyLock::TryAcquire(layout.CacheMountLock(entry.id), FileLock::Mode::kExclusive)) return;
  ++report.cache_mounts;
  if (dry_run) {
    report.bytes += entry.bytes;
  } else {
    MoveToTrash(layout, layout.cache_mounts() / entry.id);
  }
}

}  // namespace

std::string MountNameKey(std::string_view directory_name) {
  return oci::Digest::OfText("ibuild mount 1\n" + std::string(directory_name)).hex();
}

std::vector<CacheEntry> ListCache(const Store& store, const LayerOfRecord& layer_of) {
  return Listing(store, layer_of).Run();
}

PruneReport TrimCache(Store& store, const CacheLimits& limits, const LayerOfRecord& layer_of,
                      PruneOptions options) {
  const bool dry_run = options.dry_run;
  const std::vector<CacheEntry> entries = ListCache(store, layer_of);
  PruneReport trimmed;
  std::set<std::string> layers;
  for (const std::size_t place :
       ChooseVictims(ItemsOf(entries), limits, Now(), FreeBytes(store.root()))) {
    const CacheEntry& entry = entries[place];
    RemoveRecords(entry, trimmed, dry_run);
    if (entry.kind == CacheKind::kMount) RemoveMount(store.layout(), entry, trimmed, dry_run);
    if (entry.kind == CacheKind::kLayer) layers.insert(entry.id);
  }
  options.is_expendable = [&layers](const oci::Digest& layer) {
    return layers.contains(layer.hex());
  };
  PruneReport report = Prune(store, options);
  report.bytes += trimmed.bytes;
  report.records += trimmed.records;
  report.cache_mounts += trimmed.cache_mounts;
  return report;
}

}  // namespace ibuild::layers
