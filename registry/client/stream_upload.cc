#include "registry/client/stream_upload.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/client/endpoints.h"
#include "registry/client/upload_state.h"
#include "registry/http/retry.h"
#include "registry/http/transport.h"
#include "support/byte_stream.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr std::size_t kMostWaiting = 2;
constexpr std::chrono::seconds kLastRequestTimeout{300};

}  // namespace

bool StreamUpload::IsOfUse(const RepositoryAccess& access) {
  return access.habits->takes_pieces() && MayTakePieces(access.repository.host.name());
}

StreamUpload::StreamUpload(RepositoryAccess access, const std::string& content)
    : access_(std::move(access)), note_(access_.upload_notes, access_.repository, content) {
  failed_ = !IsOfUse(access_);
  thread_ = std::thread([this] { Run(); });
}

StreamUpload::~StreamUpload() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  GiveUp();
}

void StreamUpload::Write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), kPieceSize - chunk_.size());
    chunk_.append(AsText(bytes.first(size)));
    bytes = bytes.subspan(size);
    if (chunk_.size() == kPieceSize) Push(std::exchange(chunk_, {}));
  }
}

void StreamUpload::Push(std::string chunk) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return failed_ || waiting_.size() < kMostWaiting; });
  if (failed_) return;
  waiting_.push_back(std::move(chunk));
  changed_.notify_all();
}

bool StreamUpload::Finish(const oci::Digest& digest) {
  note_.Rename(digest.ToString());
  if (!chunk_.empty()) Push(std::exchange(chunk_, {}));
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
  return !failed_ && Commit(digest);
}

void StreamUpload::Run() {
  for (;;) {
    std::string chunk;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      chunk = std::move(waiting_.front());
      waiting_.pop_front();
    }
    changed_.notify_all();
    try {
      Send(std::move(chunk));
    } catch (const Error&) {
      const std::lock_guard lock(mutex_);
      failed_ = true;
    }
    changed_.notify_all();
    const std::lock_guard lock(mutex_);
    if (failed_) return;
  }
}

HttpRequest StreamUpload::Request(Method method, Url url) const {
  HttpRequest request = access_.Request(method, std::move(url));
  request.retry = RetryRule::kOnce;
  request.peers = peers_;
  return request;
}

// An earlier process may have come some of the way.
bool StreamUpload::GoOnWithTheLast() {
  location_ = note_.Read();
  if (location_ && location_->origin() == access_.endpoints.StartUpload().origin()) {
    const HttpResponse status = access_.transport->Send(Request(Method::kGet, *location_));
    const auto held = BytesHeld(status.headers.Get("Range").value_or(""));
    if (status.status == 204 && held) {
      held_ = *held;
      if (status.headers.Get("Location")) TakeLocation(status);
      return true;
    }
  }
  location_.reset();
  return false;
}

void StreamUpload::OpenSession() {
  if (GoOnWithTheLast()) return;
  const HttpResponse response =
      access_.transport->Send(access_.Request(Method::kPost, access_.endpoints.StartUpload()));
  if (response.status != 202) throw Error(ErrorKind::kUnavailable, "no session for an upload");
  TakeLocation(response);
  const auto least = ParseUnsigned(response.headers.Get("OCI-Chunk-Min-Length").value_or(""));
  if (least && *least > kPieceSize) throw Error(ErrorKind::kUnsupported, "larger pieces wanted");
}

void StreamUpload::TakeLocation(const HttpResponse& response) {
  const auto header = response.headers.Get("Location");
  const Url next = Endpoints::UploadLocation(response.url, header.value_or(""));
  peers_ = CheckServerChoice(response.url, response.peer, next, "upload location");
  location_ = next;
  if (next.origin() == response.url.origin()) note_.Write(next);
}

void StreamUpload::Send(std::string chunk) {
  if (!location_) OpenSession();
  const std::uint64_t begin = std::exchange(position_, position_ + chunk.size());
  if (held_ >= position_) return;  // it is there already
  if (held_ > begin) chunk.erase(0, held_ - begin);
  HttpRequest request = Request(Method::kPatch, *location_);
  request.headers.Add("Content-Type", "application/octet-stream");
  request.headers.Add("Content-Range", fmt::format("{}-{}", held_, held_ + chunk.size() - 1));
  held_ += chunk.size();
  request.body = BodyOfText(std::move(chunk));
  const HttpResponse response = access_.transport->Send(request);
  if (!response.Ok()) throw Error(ErrorKind::kUnavailable, "the registry takes no pieces");
  if (response.headers.Get("Location")) TakeLocation(response);
}

bool StreamUpload::Commit(const oci::Digest& digest) {
  if (!location_) return false;
  HttpRequest request = Request(Method::kPut, Endpoints::Commit(*location_, digest));
  request.first_byte_timeout = kLastRequestTimeout;
  try {
    const HttpResponse response = access_.transport->Send(request);
    const bool done = response.status == 201;
    // Other bytes than these, or no pieces. What may pass is gone on with.
    const bool refused = response.status >= 400 && Classify(response) == AnswerClass::kFinal;
    if (done || refused) note_.Remove();
    if (done) location_.reset();
    return done;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    return false;
  }
}

// Registries forget sessions that nobody goes on with; telling is polite.
void StreamUpload::GiveUp() {
  if (!location_ || note_.active()) return;
  HttpRequest request = Request(Method::kDelete, *location_);
  request.retry = RetryRule::kNever;
  try {
    access_.transport->Send(request);
  } catch (const Error&) {
    // It is of no consequence.
  }
}

}  // namespace ibuild::registry
