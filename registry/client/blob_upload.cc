#include "registry/client/blob_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "registry/client/error_response.h"
#include "registry/client/upload_note.h"
#include "registry/client/upload_state.h"
#include "registry/http/retry.h"
#include "registry/http/transport.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr std::uint64_t kLargestChunk = 256u << 20;
constexpr std::chrono::seconds kCommitTimeout{300};  // the registry may read it all again

// The blob from the start, telling how far it is.
class UploadSource {
 public:
  explicit UploadSource(const BlobUpload& upload) : source_(upload.open()), upload_(upload) {}

  std::uint64_t position() const { return position_; }

  void SkipTo(std::uint64_t offset) {
    std::vector<std::byte> scratch(std::min<std::uint64_t>(offset - position_, 256u << 10));
    while (position_ < offset) {
      const std::size_t want = std::min<std::uint64_t>(offset - position_, scratch.size());
      const std::size_t size = source_->Read(std::span(scratch).first(want));
      if (size == 0) throw Error(ErrorKind::kCorrupt, "the blob is shorter than its descriptor");
      position_ += size;
    }
  }

  std::size_t Read(std::span<std::byte> buffer) {
    const std::size_t size = source_->Read(buffer);
    position_ += size;
    if (upload_.on_progress) upload_.on_progress(position_);
    return size;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  const BlobUpload& upload_;
  std::uint64_t position_ = 0;
};

// One request's part of it. The next part goes on where this one ended, without reading the blob
// again from the start; one that is still held by a request that was refused is left to that.
class UploadPart final : public ByteSource {
 public:
  UploadPart(std::shared_ptr<UploadSource> source, std::uint64_t size)
      : source_(std::move(source)), left_(size) {}

  std::size_t Read(std::span<std::byte> buffer) override {
    if (left_ == 0) return 0;
    const std::size_t size =
        source_->Read(buffer.first(std::min<std::uint64_t>(buffer.size(), left_)));
    left_ -= size;
    return size;
  }

 private:
  std::shared_ptr<UploadSource> source_;
  std::uint64_t left_;
};

class Uploader {
 public:
  Uploader(const RepositoryAccess& access, const BlobUpload& upload)
      : access_(access),
        upload_(upload),
        note_(upload.descriptor.size > kPieceSize ? access.upload_notes : std::filesystem::path(),
              access.repository, upload.descriptor.digest.ToString()),
        mode_(access.habits->mode()),
        attempts_(*access.backoff) {
    trying_pieces_ = mode_ == UploadMode::kWholePut && upload.descriptor.size > kPieceSize &&
                     access.habits->takes_pieces() && MayTakePieces(access.repository.host.name());
    if (trying_pieces_) mode_ = UploadMode::kChunks;
  }

  UploadOutcome Run() {
    GoOnWithTheLast();
    if (!location_ && !upload_.mount_from.empty() && TryMount()) return UploadOutcome::kMounted;
    while (!done_) {
      try {
        if (location_) {
          SendRest();
        } else {
          OpenSession();
        }
      } catch (const NetworkError& error) {
        NoteProgress();
        const HttpRequest start = UploadRequest(Method::kPost, access_.endpoints.StartUpload());
        if (!attempts_.GoOnAfter(error, start)) throw;
        LookAgain();
      }
    }
    note_.Remove();
    if (!trying_pieces_) access_.habits->Remember(mode_);
    return UploadOutcome::kSent;
  }

 private:
  std::string What() const {
    return fmt::format("pushing blob {} to {}", upload_.descriptor.digest.Short(),
                       access_.repository.ToString());
  }

  // An earlier process may have come some of the way.
  void GoOnWithTheLast() {
    location_ = note_.Read();
    if (!location_) return;
    if (location_->origin() != access_.endpoints.StartUpload().origin()) return location_.reset();
    try {
      AskStatus();
    } catch (const NetworkError&) {
      location_.reset();
    }
    going_on_ = location_.has_value();
  }

  // True when mounted. A 202 is an opened session, which serves as well as any; whatever else
  // comes, the blob is sent. One request, whatever happens to it.
  bool TryMount() {
    HttpRequest request = access_.Request(
        Method::kPost, access_.endpoints.Mount(upload_.descriptor.digest, upload_.mount_from));
    request.retry = RetryRule::kNever;
    try {
      const HttpResponse response = access_.transport->Send(request);
      if (response.status == 202) TakeLocation(response);
      return response.status == 201;
    } catch (const NetworkError&) {
      return false;
    }
  }

  void OpenSession() {
    const HttpRequest request = UploadRequest(Method::kPost, access_.endpoints.StartUpload());
    HttpResponse response = access_.transport->Send(request);
    done_ = response.status == 201;  // the registry has the blob already
    if (done_) return;
    if (response.status == 202) {
      going_on_ = false;
      held_ = 0;
      TakeLocation(response);
    } else if (!attempts_.GoOnAfter(response, request)) {
      throw ErrorFromResponse(response, access_, What());
    }
  }

  void TakeLocation(const HttpResponse& response) {
    const auto header = response.headers.Get("Location");
    const Url next = Endpoints::UploadLocation(response.url, header.value_or(""));
    peers_ = CheckServerChoice(response.url, response.peer, next, "upload location");
    location_ = next;
    // Elsewhere a Location is often a permission in itself: such a thing is not kept.
    if (next.origin() == response.url.origin()) note_.Write(next);
    const auto least = ParseUnsigned(response.headers.Get("OCI-Chunk-Min-Length").value_or(""));
    if (least) chunk_size_ = std::clamp(*least, kPieceSize, kLargestChunk);
  }

  void SendRest() {
    const std::uint64_t size = upload_.descriptor.size;
    if (mode_ == UploadMode::kWholePut && held_ == 0) {
      HttpRequest request =
          BodyRequest(Method::kPut, Endpoints::Commit(*location_, upload_.descriptor.digest), size);
      request.first_byte_timeout = kCommitTimeout;
      return Judge(UploadStep::kWhole, request, size);
    }
    if (held_ < size) return SendPatch();
    HttpRequest commit =
        UploadRequest(Method::kPut, Endpoints::Commit(*location_, upload_.descriptor.digest));
    commit.first_byte_timeout = kCommitTimeout;
    Judge(UploadStep::kCommit, commit, size);
  }

  void SendPatch() {
    const std::uint64_t left = upload_.descriptor.size - held_;
    const bool chunked = mode_ == UploadMode::kChunks;
    const std::uint64_t size = chunked ? std::min(left, chunk_size_) : left;
    HttpRequest request = BodyRequest(Method::kPatch, *location_, size);
    if (chunked || held_ > 0) {
      request.headers.Add("Content-Range", fmt::format("{}-{}", held_, held_ + size - 1));
    }
    Judge(UploadStep::kPatch, request, held_ + size);
  }

  HttpRequest UploadRequest(Method method, Url url) const {
    HttpRequest request = access_.Request(method, std::move(url));
    request.retry = RetryRule::kOnce;
    if (location_) request.peers = peers_;
    return request;
  }

  HttpRequest BodyRequest(Method method, Url url, std::uint64_t size) {
    HttpRequest request = UploadRequest(method, std::move(url));
    request.headers.Add("Content-Type", "application/octet-stream");
    request.body = RequestBody{size, [this, offset = held_, size] { return Part(offset, size); }};
    return request;
  }

  std::unique_ptr<ByteSource> Part(std::uint64_t offset, std::uint64_t size) {
    const bool usable = source_.use_count() == 1 && source_->position() <= offset;
    if (!usable) source_ = std::make_shared<UploadSource>(upload_);
    source_->SkipTo(offset);
    return std::make_unique<UploadPart>(source_, size);
  }

  // Sends, and goes on as the answer says; `held` is what the session holds when all is well.
  void Judge(UploadStep step, const HttpRequest& request, std::uint64_t held) {
    HttpResponse response = access_.transport->Send(request);
    if (IsBecauseOfTheWay(response) && StartOver()) return;
    switch (NextMove(step, mode_, response.status)) {
      case UploadMove::kDone:
        done_ = true;
        return;
      case UploadMove::kCheckBlob:
        if (BlobIsThere()) return;
        return AfterRefusal(request, response);
      case UploadMove::kGoOn:
        Advance(response, held);
        return;
      case UploadMove::kAskStatus:
        return AfterRefusal(request, response);
      case UploadMove::kSimplerMode:
        mode_ = *SimplerMode(mode_);
        location_.reset();
        return;
      case UploadMove::kFail:
        throw ErrorFromResponse(response, access_, What());
    }
  }

  // Refusals that another way of sending may not meet; 416 before anything was taken is one, later
  // the session is out of step.
  bool IsBecauseOfTheWay(const HttpResponse& response) const {
    if (response.status == 416) return held_ == 0;
    return NextMove(UploadStep::kPatch, UploadMode::kWholePut, response.status) ==
           UploadMove::kSimplerMode;
  }

  // What an earlier process sent, or pieces at all, may be what is refused.
  bool StartOver() {
    if (!going_on_ && !trying_pieces_) return false;
    if (!std::exchange(going_on_, false)) {
      trying_pieces_ = false;
      access_.habits->RefusesPieces();
      mode_ = UploadMode::kWholePut;
    }
    location_.reset();
    held_ = 0;
    return true;
  }

  // Our own count is trusted: some registries' Range stops moving.
  void Advance(const HttpResponse& response, std::uint64_t held) {
    held_ = held;
    if (response.headers.Get("Location")) TakeLocation(response);
  }

  // Asked once: when nobody answers, sending tells.
  bool BlobIsThere() {
    HttpRequest request =
        UploadRequest(Method::kHead, access_.endpoints.Blob(upload_.descriptor.digest));
    try {
      done_ = access_.transport->Send(request).Ok();
    } catch (const NetworkError&) {
      done_ = false;
    }
    return done_;
  }

  // A refusal that may pass, or a session that is out of step (416).
  void AfterRefusal(const HttpRequest& request, HttpResponse& response) {
    NoteProgress();
    const bool passing = Classify(response) != AnswerClass::kFinal;
    const bool go_on = passing ? attempts_.GoOnAfter(response, request)
                               : attempts_.Spend(request, "the upload is out of step");
    if (!go_on) throw ErrorFromResponse(response, access_, What());
    LookAgain();
  }

  void NoteProgress() {
    if (held_ > std::exchange(best_, std::max(best_, held_))) attempts_.NoteProgress();
  }

  // The bytes may have arrived all the same; else the session may know how far they got.
  void LookAgain() {
    if (!location_ || BlobIsThere()) return;
    try {
      AskStatus();
    } catch (const NetworkError&) {
      location_.reset();
    }
  }

  void AskStatus() {
    const HttpResponse status = access_.transport->Send(UploadRequest(Method::kGet, *location_));
    const auto held = BytesHeld(status.headers.Get("Range").value_or(""));
    if (status.status != 204 || !held || *held > upload_.descriptor.size) {
      location_.reset();
      return;
    }
    held_ = *held;
    NoteProgress();
    if (status.headers.Get("Location")) TakeLocation(status);
  }

  const RepositoryAccess& access_;
  const BlobUpload& upload_;
  UploadNote note_;
  UploadMode mode_;
  bool going_on_ = false;       // with what an earlier process sent
  bool trying_pieces_ = false;  // of a large blob, before anything else
  std::shared_ptr<UploadSource> source_;
  std::optional<Url> location_;
  PeerRule peers_ = PeerRule::kAny;
  std::uint64_t chunk_size_ = kPieceSize;
  std::uint64_t held_ = 0;  // bytes that the session holds
  std::uint64_t best_ = 0;
  Attempts attempts_;
  bool done_ = false;
};

}  // namespace

UploadOutcome UploadBlob(const RepositoryAccess& access, const BlobUpload& upload) {
  return Uploader(access, upload).Run();
}

}  // namespace ibuild::registry
