#include "support/recorded_owner.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <utility>

#include "support/capability.h"
#include "support/error.h"
#include "support/fd.h"
#include "support/id_map.h"
#include "support/text.h"

namespace ibuild {
namespace {

enum class Recorded { kUnknown, kNothing, kDevices, kOwners };
std::atomic<Recorded> recorded = Recorded::kUnknown;

// Every id that images use, for which it takes more than the own one.
bool HasManyIds(const char* map_file) {
  constexpr std::uint64_t kUsual = 65536;
  return ReadIdMap(map_file).Count() >= kUsual;
}

Recorded FindOut() {
  if (!HasCapability(CAP_CHOWN) || !HasManyIds("/proc/self/uid_map") ||
      !HasManyIds("/proc/self/gid_map")) {
    return Recorded::kOwners;
  }
  return InUserNamespace() ? Recorded::kDevices : Recorded::kNothing;
}

Recorded WhatIsRecorded() {
  Recorded what = recorded.load(std::memory_order_relaxed);
  if (what == Recorded::kUnknown) {
    what = FindOut();
    recorded.store(what, std::memory_order_relaxed);
  }
  return what;
}

struct NodeTable {
  std::mutex mutex;
  std::map<std::pair<dev_t, ino_t>, FileOwner> owners;
};

NodeTable& Nodes() {
  static NodeTable table;
  return table;
}

std::string PathOf(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

bool CarriesRecord(mode_t mode) { return S_ISREG(mode) || S_ISDIR(mode); }

mode_t ModeWeNeed(mode_t type) { return S_ISDIR(type) ? 0700 : 0600; }

void Write(const std::string& path, const OwnerRecord& record) {
  if (const int error_number = WriteOwnerRecord(path.c_str(), record); error_number != 0) {
    throw ErrnoError("record an owner", error_number)
        .WithHint(
            "owners are kept in user attributes, which this file system may not have: put "
            "the store (`--root DIR`) on ext4, xfs, btrfs or tmpfs");
  }
}

void ThrowChown(FileOwner owner) {
  const int error_number = errno;
  Error error =
      ErrnoError(fmt::format("change owner to {}:{}", owner.uid, owner.gid), error_number);
  if (error_number == EINVAL || error_number == EPERM) {
    error.AddHint(
        "the id is outside the range that this user namespace has: see /etc/subuid and "
        "/etc/subgid, and subuid(5)");
  }
  throw error;
}

void GiveModeTo(const std::string& path, const struct stat& file, mode_t mode) {
  OwnerRecord record = FindOwnerRecord(path.c_str()).value_or(OwnerRecord());
  const mode_t needed = ModeWeNeed(file.st_mode);
  const std::optional<mode_t> kept =
      ModesAreRecorded() && (mode & needed) != needed ? std::optional(mode) : std::nullopt;
  if (record.mode != kept) {
    record.mode = kept;
    Write(path, record);
  }
  if (chmod(path.c_str(), kept ? mode | needed : mode) != 0) ThrowErrno("set a mode");
}

}  // namespace

std::string FormatOwnerRecord(const OwnerRecord& record) {
  std::string text = fmt::format("{}:{}", record.owner.uid, record.owner.gid);
  if (record.mode) text += fmt::format(":{:o}", *record.mode);
  return text;
}

std::optional<OwnerRecord> ParseOwnerRecord(std::string_view text) {
  const auto fields = Split(text, ':');
  if (fields.size() < 2 || fields.size() > 3) return std::nullopt;
  const auto uid = ParseUnsigned(fields[0]);
  const auto gid = ParseUnsigned(fields[1]);
  constexpr std::uint64_t kLastId = 0xffff'fffe;
  if (!uid || !gid || *uid > kLastId || *gid > kLastId) return std::nullopt;
  OwnerRecord record{.owner = {static_cast<std::uint32_t>(*uid), static_cast<std::uint32_t>(*gid)},
                     .mode = {}};
  if (fields.size() == 3) {
    mode_t mode = 0;
    for (const char digit : fields[2]) {
      if (digit < '0' || digit > '7' || mode > 07777) return std::nullopt;
      mode = mode * 8 + static_cast<mode_t>(digit - '0');
    }
    record.mode = mode & 07777;
  }
  return record;
}

bool OwnersAreRecorded() { return WhatIsRecorded() == Recorded::kOwners; }

bool OnlyDevicesAreRecorded() { return WhatIsRecorded() == Recorded::kDevices; }

void ReconsiderOwners() { recorded = Recorded::kUnknown; }

bool ModesAreRecorded() { return !HasCapability(CAP_DAC_OVERRIDE); }

std::optional<OwnerRecord> FindOwnerRecord(const char* path) {
  std::array<char, 64> text;
  const ssize_t size = getxattr(path, kOwnerAttribute, text.data(), text.size());
  if (size < 0) return std::nullopt;
  return ParseOwnerRecord(std::string_view(text.data(), static_cast<std::size_t>(size)));
}

int WriteOwnerRecord(const char* path, const OwnerRecord& record) {
  if (record == OwnerRecord()) {
    const int result = removexattr(path, kOwnerAttribute);
    return result == 0 || errno == ENODATA || errno == ENOTSUP ? 0 : errno;
  }
  const std::string text = FormatOwnerRecord(record);
  return setxattr(path, kOwnerAttribute, text.data(), text.size(), 0) == 0 ? 0 : errno;
}

FileOwner FindNodeOwner(dev_t device, ino_t inode) {
  NodeTable& table = Nodes();
  const std::lock_guard lock(table.mutex);
  const auto found = table.owners.find({device, inode});
  return found == table.owners.end() ? FileOwner() : found->second;
}

void SetNodeOwner(dev_t device, ino_t inode, FileOwner owner) {
  NodeTable& table = Nodes();
  const std::lock_guard lock(table.mutex);
  if (owner == FileOwner()) {
    table.owners.erase({device, inode});
  } else {
    table.owners[{device, inode}] = owner;
  }
}

bool HasNodeOwners() {
  NodeTable& table = Nodes();
  const std::lock_guard lock(table.mutex);
  return !table.owners.empty();
}

void GiveOwner(int fd, FileOwner owner) {
  if (!OwnersAreRecorded()) {
    if (fchown(fd, owner.uid, owner.gid) != 0) ThrowChown(owner);
    return;
  }
  const std::string path = PathOf(fd);
  OwnerRecord record = FindOwnerRecord(path.c_str()).value_or(OwnerRecord());
  if (record.owner == owner) return;
  record.owner = owner;
  Write(path, record);
}

void GiveOwnerAt(int directory, const char* name, FileOwner owner) {
  if (!OwnersAreRecorded()) {
    if (fchownat(directory, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) != 0) {
      ThrowChown(owner);
    }
    return;
  }
  const UniqueFd file(openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat state;
  if (!file || fstat(file.get(), &state) != 0) ThrowErrno("look at what gets an owner");
  if (CarriesRecord(state.st_mode)) return GiveOwner(file.get(), owner);
  SetNodeOwner(state.st_dev, state.st_ino, owner);
}

void GiveMode(int fd, mode_t mode) {
  if (!ModesAreRecorded()) {
    if (fchmod(fd, mode) != 0) ThrowErrno("set a mode");
    return;
  }
  struct stat state;
  if (fstat(fd, &state) != 0) ThrowErrno("set a mode");
  GiveModeTo(PathOf(fd), state, mode);
}

void GiveModeAt(int directory, const char* name, mode_t mode) {
  if (!ModesAreRecorded()) {
    if (fchmodat(directory, name, mode, 0) != 0) ThrowErrno("set a mode");
    return;
  }
  const UniqueFd file(openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat state;
  if (!file || fstat(file.get(), &state) != 0) ThrowErrno("set a mode");
  if (CarriesRecord(state.st_mode)) return GiveModeTo(PathOf(file.get()), state, mode);
  if (fchmodat(directory, name, mode, 0) != 0) ThrowErrno("set a mode");
}

}  // namespace ibuild
