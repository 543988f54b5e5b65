#include "layers/store/store_session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "support/error.h"
#include "support/files.h"

namespace ibuild::layers {

using std::filesystem::path;

namespace {

template <typename Settle>
void Replace(StoreSession& session, const path& target, std::string_view content, Settle settle) {
  const path staged = session.NewStagingPath();
  try {
    UniqueFd fd = OpenFile(staged, O_WRONLY | O_CREAT | O_EXCL, 0600);
    WriteAll(fd.get(), content);
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
  const std::string name = fmt::format("{}-{}", ::getpid(), RandomHex());
  const path file = layout_.leases() / name;
  UniqueFd lease = OpenFile(file, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600);
  if (::flock(lease.get(), LOCK_SH | LOCK_NB) != 0) ThrowErrno("lock " + file.native());
  lease_ = std::move(lease);
  name_ = name;
}

bool StoreSession::Pin(const oci::Digest& digest) {
  const std::lock_guard lock(mutex_);
  if (pinned_.contains(digest)) return true;
  // Shared: any number of processes may pin, but not while a prune is deciding.
  const FileLock no_prune = FileLock::Acquire(layout_.reclaim_lock(), FileLock::Mode::kShared);
  Begin();
  WriteAll(lease_.get(), digest.hex() + "\n");
  pinned_.insert(digest);
  return false;
}

path StoreSession::NewStagingPath() {
  const std::lock_guard lock(mutex_);
  if (name_.empty()) {
    const FileLock no_prune = FileLock::Acquire(layout_.reclaim_lock(), FileLock::Mode::kShared);
    Begin();
  }
  return layout_.ingest() / fmt::format("{}.{}", name_, ++staged_);
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

void PublishFile(StoreSession& session, const path& target, std::string_view content) {
  Replace(session, target, content, [](const UniqueFd&) {});
}

void PublishSyncedFile(StoreSession& session, const path& target, std::string_view content) {
  Replace(session, target, content, [](const UniqueFd& fd) {
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
