// What an upload knows and what it does next (distribution-spec "Pushing blobs"); pure, so that
// every odd answer of a registry is one row of a test.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "registry/http/retry.h"

namespace ibuild::registry {

// How the bytes go: the fewest requests first. Registries differ in what they can do.
enum class UploadMode {
  kWholePut,    // one PUT with everything
  kWholePatch,  // one PATCH, then an empty PUT
  kChunks,      // PATCH by PATCH, then an empty PUT
};

// The mode that worked last, for one registry; shared by all uploads to it.
class UploadHabits {
 public:
  UploadMode mode() const { return mode_; }
  void Remember(UploadMode mode) { mode_ = mode; }
  // It was tried to send a large blob piece by piece, and that was refused.
  bool takes_pieces() const { return takes_pieces_; }
  void RefusesPieces() { takes_pieces_ = false; }

 private:
  std::atomic<bool> takes_pieces_ = true;
  std::atomic<UploadMode> mode_ = UploadMode::kWholePut;
};

// A large blob goes in pieces, so that a process that dies has sent at most one of them in vain.
inline constexpr std::uint64_t kPieceSize = 8u << 20;

// Some services refuse pieces, or take them and lose bytes: nothing to find out by trying.
bool MayTakePieces(std::string_view host);

// Which request of the upload was answered.
enum class UploadStep { kWhole, kPatch, kCommit };

enum class UploadMove {
  kDone,
  kCheckBlob,    // success of a kind that proves nothing: ask for the blob
  kGoOn,         // the bytes were taken; the next request follows
  kAskStatus,    // how far did it get?
  kSimplerMode,  // this registry cannot do it so: a new session in the next mode
  kFail,
};

// After an answer; `mode` is the current one. A network failure is always kAskStatus.
UploadMove NextMove(UploadStep step, UploadMode mode, int status);

// The next mode down the ladder; nothing after the last.
std::optional<UploadMode> SimplerMode(UploadMode mode);

// How many bytes a session holds, from its Range header "0-N". "0-0" may mean none or one: none.
std::optional<std::uint64_t> BytesHeld(std::string_view range);

}  // namespace ibuild::registry
