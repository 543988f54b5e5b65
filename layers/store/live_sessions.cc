#include "layers/store/live_sessions.h"

#include <unistd.h>

#include <exception>
#include <optional>

#include "layers/store/key_lock.h"
#include "layers/store/store_session.h"
#include "layers/store/tree_size.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

void AddPinned(const path& lease, std::set<oci::Digest>& pinned) {
  const std::string text = ReadFileIfExists(lease).value_or("");
  for (const std::string_view hex : Split(text, '\n')) {
    // A full disk may have cut a line short; its process got an error then, not a pin.
    if (auto digest = oci::Digest::TryParse("sha256:" + std::string(hex))) pinned.insert(*digest);
  }
}

// The kernel lets go of a lock with the last descriptor: one that can be had is a dead one's.
std::optional<FileLock> LockOfTheDead(const path& lease) {
  return FileLock::TryAcquire(lease, FileLock::Mode::kExclusive);
}

void RemoveStaging(const StoreLayout& layout, const std::string& session) {
  for (const path& entry : EntriesOf(layout.ingest())) {
    if (SessionOfStaging(entry.filename().native()) != session) continue;
    if (!TryRemoveTree(entry)) MoveToTrash(layout, entry);
  }
}

}  // namespace

std::vector<path> EntriesOf(const path& directory) {
  std::vector<path> entries;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(directory, absent)) {
    entries.push_back(entry.path());
  }
  return entries;
}

LiveSessions FindLiveSessions(const StoreLayout& layout) {
  LiveSessions sessions;
  for (const path& lease : EntriesOf(layout.leases())) {
    if (LockOfTheDead(lease)) {
      sessions.dead.push_back(lease);
    } else {
      sessions.names.insert(lease.filename().native());
      AddPinned(lease, sessions.pinned);
    }
  }
  for (const path& container : EntriesOf(layout.containers())) {
    AddPinned(container / "pins", sessions.pinned);
  }
  return sessions;
}

void RemoveUnheldLocks(const StoreLayout& layout) {
  for (const path& lock : EntriesOf(layout.locks())) {
    const std::string name = lock.filename().native();
    const bool passing = name.starts_with("step-") || name.starts_with("layer-") ||
                         name.starts_with("mount-") || name.starts_with("compress-");
    // One that can be had takes its file along when it goes.
    if (passing) KeyLock::TryAcquire(lock, FileLock::Mode::kExclusive);
  }
}

void RemoveWhatTheDeadLeft(const StoreLayout& layout) noexcept {
  try {
    for (const path& lease : EntriesOf(layout.leases())) {
      const auto lock = LockOfTheDead(lease);
      if (!lock) continue;
      RemoveStaging(layout, lease.filename().native());
      RemoveUnheldLocks(layout);
      ::unlink(lease.c_str());  // last: until then somebody comes back for the rest
    }
  } catch (const std::exception&) {  // a full or read-only disk, say: the next one tries again
  }
}

std::uint64_t EmptyTrash(const StoreLayout& layout) noexcept {
  std::uint64_t bytes = 0;
  try {
    for (const path& entry : EntriesOf(layout.trash())) {
      const std::uint64_t size = SizeOnDisk(entry);
      if (TryRemoveTree(entry)) bytes += size;
    }
  } catch (const std::exception&) {  // what is left is left for the next one
  }
  return bytes;
}

std::string_view SessionOfStaging(std::string_view name) { return name.substr(0, name.find('.')); }

}  // namespace ibuild::layers
