#include "layers/store/store_session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "layers/store/key_lock.h"
#include "layers/store/live_sessions.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::layers {

using std::filesystem::path;

namespace {

// Of a store that can be read all the same: its disk is full, or mounted read-only.
bool MeansNothingCanBeWritten(const Error& error) {
  return error.kind() == ErrorKind::kResourceExhausted ||
         error.kind() == ErrorKind::kPermissionDenied;
}

template <typename Settle>
void Replace(StoreSession& session, const path& target,
             std::initializer_list<std::string_view> parts, Settle settle) {
  const path staged = session.NewStagingPath();
  try {
    UniqueFd fd = OpenFile(staged, O_WRONLY | O_CREAT | O_EXCL, 0600);
    for (const std::string_view part : parts) WriteAll(fd.get(), part);
    settle(fd);
    fd.Close();
    if (::rename(staged.c_str(), target.c_str()) != 0) ThrowErrno("publish " + target.native());
  } catch (Error& error) {
    ::unlink(staged.c_str());
    error.AddContext("writing " + target.native());
    throw;
  }
}

}  // namespace

StoreSession::~StoreSession() {
  if (!name_.empty()) ::unlink((layout_.leases() / name_).c_str());
}

void StoreSession::Begin() {
  if (!name_.empty()) return;
  for (;;) {
    const std::string name = fmt::format("{}-{}", ::getpid(), RandomHex());
    const path file = layout_.leases() / name;
    UniqueFd lease = OpenFile(file, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600);
    // Before it is locked another process may have taken it for a dead one's.
    if (::flock(lease.get(), LOCK_SH | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) continue;
      ThrowErrno("lock " + file.native());
    }
    if (!HasName(lease, file)) continue;
    lease_ = std::move(lease);
    name_ = name;
    return;
  }
}

void StoreSession::Note(std::span<const oci::Digest> digests) {
  std::string lines;
  for (const oci::Digest& digest : digests) {
    if (!pinned_.contains(digest)) lines += digest.hex() + "\n";
  }
  Begin();
  WriteAll(lease_.get(), lines);
}

bool StoreSession::Pin(std::span<const oci::Digest> digests) {
  const std::lock_guard lock(mutex_);
  const auto known = [this](const oci::Digest& digest) { return pinned_.contains(digest); };
  if (std::all_of(digests.begin(), digests.end(), known)) return true;
  // Shared: any number of processes may pin, but not while a prune is deciding.
  FileLock no_prune = FileLock::Acquire(layout_.reclaim_lock(), FileLock::Mode::kShared);
  const bool first = name_.empty() && !no_prune_;
  if (!no_prune_) {
    try {
      Note(digests);
    } catch (const Error& error) {
      if (!MeansNothingCanBeWritten(error)) throw;
      no_prune_ = std::move(no_prune);
    }
  }
  pinned_.insert(digests.begin(), digests.end());
  if (first && !name_.empty()) RemoveWhatTheDeadLeft(layout_);
  return false;
}

path StoreSession::NewStagingPath() {
  const std::lock_guard lock(mutex_);
  if (name_.empty()) {
    const FileLock no_prune = FileLock::Acquire(layout_.reclaim_lock(), FileLock::Mode::kShared);
    Begin();
    RemoveWhatTheDeadLeft(layout_);
  }
  return layout_.ingest() / fmt::format("{}.{}", name_, ++staged_);
}

void StoreSession::TidyAsRoot() {
  std::call_once(tidied_, [this] {
    RemoveWhatTheDeadLeft(layout_);
    EmptyTrash(layout_);
  });
}

bool PublishNew(const path& staged, const path& target) {
  if (::renameat2(AT_FDCWD, staged.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
    return true;
  }
  if (errno == EEXIST) return false;
  // EINVAL: a file system without the flag. rename(2) itself refuses to replace a directory that
  // is not empty, and replacing a file by another with the same content hurts nobody.
  if (errno == EINVAL && ::rename(staged.c_str(), target.c_str()) == 0) return true;
  if (errno == EEXIST || errno == ENOTEMPTY) return false;
  ThrowErrno("publish " + target.native());
}

void PublishFile(StoreSession& session, const path& target,
                 std::initializer_list<std::string_view> parts) {
  Replace(session, target, parts, [](const UniqueFd&) {});
}

void PublishSyncedFile(StoreSession& session, const path& target, std::string_view content) {
  Replace(session, target, {content}, [](const UniqueFd& fd) {
    if (::fdatasync(fd.get()) != 0) ThrowErrno("sync");
  });
}

bool MoveToTrash(const StoreLayout& layout, const path& victim) {
  const path grave = layout.trash() / RandomHex();
  if (::rename(victim.c_str(), grave.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  ThrowErrno("discard " + victim.native());
}

}  // namespace ibuild::layers
