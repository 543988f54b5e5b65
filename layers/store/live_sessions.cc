#include "layers/store/live_sessions.h"

#include "support/files.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

void AddPinned(const std::filesystem::path& lease, std::set<oci::Digest>& pinned) {
  const std::string text = ReadFileIfExists(lease).value_or("");
  for (const std::string_view hex : Split(text, '\n')) {
    // A full disk may have cut a line short; its process got an error then, not a pin.
    if (auto digest = oci::Digest::TryParse("sha256:" + std::string(hex))) pinned.insert(*digest);
  }
}

}  // namespace

LiveSessions FindLiveSessions(const StoreLayout& layout) {
  LiveSessions sessions;
  for (const auto& entry : std::filesystem::directory_iterator(layout.leases())) {
    // The kernel lets go of a lock with the last descriptor: one that can be had is a dead one's.
    if (FileLock::TryAcquire(entry.path(), FileLock::Mode::kExclusive)) {
      sessions.dead.push_back(entry.path());
    } else {
      sessions.names.insert(entry.path().filename().native());
      AddPinned(entry.path(), sessions.pinned);
    }
  }
  return sessions;
}

std::string_view SessionOfStaging(std::string_view name) { return name.substr(0, name.find('.')); }

}  // namespace ibuild::layers
