#include "registry/client/blob_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "registry/client/blobs.h"
#include "registry/client/error_response.h"
#include "registry/client/upload_state.h"
#include "registry/http/transport.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr int kMostFailures = 3;  // in a row, none of them having got further
constexpr std::uint64_t kChunkSize = 16u << 20;
constexpr std::uint64_t kLargestChunk = 256u << 20;
constexpr std::chrono::seconds kCommitTimeout{300};  // the registry may read it all again

// The rest of a blob from `offset`, telling how far it is.
class UploadSource final : public ByteSource {
 public:
  UploadSource(const BlobUpload& upload, std::uint64_t offset)
      : source_(upload.open()), upload_(upload) {
    std::vector<std::byte> scratch(std::min<std::uint64_t>(offset, 256u << 10));
    while (position_ < offset) {
      const std::size_t want = std::min<std::uint64_t>(offset - position_, scratch.size());
      const std::size_t size = source_->Read(std::span(scratch).first(want));
      if (size == 0) throw Error(ErrorKind::kCorrupt, "the blob is shorter than its descriptor");
      position_ += size;
    }
  }

  std::size_t Read(std::span<std::byte> buffer) override {
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

class Uploader {
 public:
  Uploader(const RepositoryAccess& access, const BlobUpload& upload)
      : access_(access), upload_(upload), mode_(access.habits->mode()) {}

  UploadOutcome Run() {
    if (!upload_.mount_from.empty() && TryMount()) return UploadOutcome::kMounted;
    while (!done_) {
      if (!location_ && OpenSession()) break;
      try {
        SendRest();
      } catch (const NetworkError& error) {
        if (!error.Transient()) throw;
        AfterFailure(std::current_exception());
      }
    }
    access_.habits->Remember(mode_);
    return UploadOutcome::kSent;
  }

 private:
  std::string What() const {
    return fmt::format("pushing blob {} to {}", upload_.descriptor.digest.Short(),
                       access_.repository.ToString());
  }

  // True when mounted. A 202 is an opened session, which serves as well as any.
  bool TryMount() {
    const HttpResponse response = access_.transport->Send(access_.Request(
        Method::kPost, access_.endpoints.Mount(upload_.descriptor.digest, upload_.mount_from)));
    if (response.status == 202) TakeLocation(response);
    return response.status == 201;
  }

  // True when the registry has the blob already.
  bool OpenSession() {
    HttpResponse response =
        access_.transport->Send(access_.Request(Method::kPost, access_.endpoints.StartUpload()));
    if (response.status == 201) return true;
    if (response.status != 202) throw ErrorFromResponse(response, access_, What());
    held_ = 0;
    TakeLocation(response);
    return false;
  }

  void TakeLocation(const HttpResponse& response) {
    const auto header = response.headers.Get("Location");
    const Url next = Endpoints::UploadLocation(response.url, header.value_or(""));
    peers_ = CheckServerChoice(response.url, response.peer, next, "upload location");
    location_ = next;
    const auto least = ParseUnsigned(response.headers.Get("OCI-Chunk-Min-Length").value_or(""));
    if (least) chunk_size_ = std::clamp(*least, kChunkSize, kLargestChunk);
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
    request.peers = peers_;
    return request;
  }

  HttpRequest BodyRequest(Method method, Url url, std::uint64_t size) const {
    HttpRequest request = UploadRequest(method, std::move(url));
    request.headers.Add("Content-Type", "application/octet-stream");
    request.body = RequestBody{size, [&upload = upload_, offset = held_] {
                                 return std::make_unique<UploadSource>(upload, offset);
                               }};
    return request;
  }

  // Sends, and goes on as the answer says; `held` is what the session holds when all is well.
  void Judge(UploadStep step, const HttpRequest& request, std::uint64_t held) {
    HttpResponse response = access_.transport->Send(request);
    switch (NextMove(step, mode_, response.status)) {
      case UploadMove::kDone:
        done_ = true;
        return;
      case UploadMove::kCheckBlob:
        if (BlobIsThere()) return;
        return AfterRefusal(response);
      case UploadMove::kGoOn:
        Advance(response, held);
        return;
      case UploadMove::kAskStatus:
        return AfterRefusal(response);
      case UploadMove::kSimplerMode:
        mode_ = *SimplerMode(mode_);
        location_.reset();
        return;
      case UploadMove::kFail:
        throw ErrorFromResponse(response, access_, What());
    }
  }

  // Our own count is trusted: some registries' Range stops moving.
  void Advance(const HttpResponse& response, std::uint64_t held) {
    held_ = held;
    if (response.headers.Get("Location")) TakeLocation(response);
  }

  bool BlobIsThere() {
    done_ = BlobClient(access_).Has(upload_.descriptor.digest);
    return done_;
  }

  void AfterRefusal(HttpResponse& response) {
    const bool in_vain = Classify(response) == AnswerClass::kThrottled &&
                         !access_.backoff->Postpone(response.url.origin(), response, failures_ + 1);
    Error error = ErrorFromResponse(response, access_, What());
    if (in_vain) throw error;
    AfterFailure(std::make_exception_ptr(std::move(error)));
  }

  // The bytes may have arrived all the same; else the session may know how far they got.
  void AfterFailure(const std::exception_ptr& error) {
    const std::uint64_t before = std::exchange(best_, std::max(best_, held_));
    failures_ = held_ > before ? 1 : failures_ + 1;
    if (failures_ > kMostFailures) std::rethrow_exception(error);
    access_.backoff->Wait(failures_, access_.stop);
    if (!BlobIsThere()) AskStatus();
  }

  void AskStatus() {
    HttpRequest request = UploadRequest(Method::kGet, *location_);
    request.retry = RetryRule::kRetry;
    const HttpResponse status = access_.transport->Send(request);
    const auto held = BytesHeld(status.headers.Get("Range").value_or(""));
    if (status.status != 204 || !held || *held > upload_.descriptor.size) {
      location_.reset();
      return;
    }
    held_ = *held;
    if (held_ > best_) failures_ = 0;
    if (status.headers.Get("Location")) TakeLocation(status);
  }

  const RepositoryAccess& access_;
  const BlobUpload& upload_;
  UploadMode mode_;
  std::optional<Url> location_;
  PeerRule peers_ = PeerRule::kAny;
  std::uint64_t chunk_size_ = kChunkSize;
  std::uint64_t held_ = 0;  // bytes that the session holds
  std::uint64_t best_ = 0;
  int failures_ = 0;  // since it last got further
  bool done_ = false;
};

}  // namespace

UploadOutcome UploadBlob(const RepositoryAccess& access, const BlobUpload& upload) {
  return Uploader(access, upload).Run();
}

}  // namespace ibuild::registry
