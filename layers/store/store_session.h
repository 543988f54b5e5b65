// StoreSession: what one process has in use and in the making in a store.
//
// A session is a locked file in leases/ that lists digests, and every name in ingest/ that begins
// with the session's. The kernel drops the lock when the process dies, so a prune knows for
// certain which leases and which staging still matter. It is made at the first need, which is also
// when what dead processes left in staging is removed.
//
// Where nothing can be written (a read-only or full disk) a session cannot note what it uses.
// Instead it keeps prunes out for as long as it lives, so that what is there can still be read.
// All members may be called from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>

#include "layers/store/store_layout.h"
#include "oci/digest.h"
#include "support/fd.h"
#include "support/files.h"

namespace ibuild::layers {

class StoreSession {
 public:
  explicit StoreSession(StoreLayout layout) : layout_(std::move(layout)) {}
  ~StoreSession();
  StoreSession(const StoreSession&) = delete;
  StoreSession& operator=(const StoreSession&) = delete;

  const StoreLayout& layout() const { return layout_; }

  // From the return until the process ends no prune takes what has this digest (blob, layer or
  // chain). What a prune was just taking may be gone: look again after the first Pin.
  // Returns true when the digest was pinned before.
  bool Pin(const oci::Digest& digest) { return Pin(std::span(&digest, 1)); }
  // All of them at once; true when every one was pinned before.
  bool Pin(std::span<const oci::Digest> digests);

  // A name in ingest/ that nothing has; whatever is made there is swept if this process dies.
  std::filesystem::path NewStagingPath();
  // Once in a session: what dead processes left that only root in the user namespace may remove.
  void TidyAsRoot();

 private:
  // With mutex_ held, and prunes kept out:
  void Begin();
  void Note(std::span<const oci::Digest> digests);

  StoreLayout layout_;
  std::mutex mutex_;
  std::string name_;  // empty: not begun
  UniqueFd lease_;
  std::optional<FileLock> no_prune_;  // where the lease cannot be written
  std::unordered_set<oci::Digest> pinned_;
  std::uint64_t staged_ = 0;
  std::once_flag tidied_;
};

using SharedSession = std::shared_ptr<StoreSession>;

// Moves `staged` to its final name. False when that name is taken: content-addressed, so the
// caller's copy is superfluous (and stays where it is).
bool PublishNew(const std::filesystem::path& staged, const std::filesystem::path& target);

// Writes a small file, its parts one after the other, through staging, replacing what has the name.
void PublishFile(StoreSession& session, const std::filesystem::path& target,
                 std::initializer_list<std::string_view> parts);
// The same with its bytes on the disk before they have the name: after a loss of power the name
// stands for the old content or the new one, never for nothing.
void PublishSyncedFile(StoreSession& session, const std::filesystem::path& target,
                       std::string_view content);

// Moves something out of sight at once, to be deleted by whoever empties the trash. False when it
// is not there (any more).
bool MoveToTrash(const StoreLayout& layout, const std::filesystem::path& path);

}  // namespace ibuild::layers
