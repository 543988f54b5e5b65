#include "registry/client/download.h"

#include <fmt/format.h>

#include <utility>

#include "registry/client/error_response.h"
#include "registry/http/retry.h"
#include "registry/http/transport.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

// Where a foreign layer may be had; what is no URL is passed over.
std::vector<Url> SourcesOf(const RepositoryAccess& access, const oci::Descriptor& descriptor) {
  std::vector<Url> sources = {access.endpoints.Blob(descriptor.digest)};
  for (const std::string& text : descriptor.urls) {
    const auto url = Url::TryParse(text);
    if (url) sources.push_back(*url);
  }
  return sources;
}

}  // namespace

std::optional<ContentRange> ContentRange::Parse(std::string_view text) {
  text = Trim(text);
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  const std::size_t dash = text.find('-');
  const std::size_t slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) {
    return std::nullopt;
  }
  const auto first = ParseUnsigned(text.substr(0, dash));
  const auto last = ParseUnsigned(text.substr(dash + 1, slash - dash - 1));
  const auto total = ParseUnsigned(text.substr(slash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  if (!total && text.substr(slash + 1) != "*") return std::nullopt;
  return ContentRange{*first, *last, total};
}

Download::Download(RepositoryAccess access, oci::Descriptor descriptor, std::uint64_t offset)
    : access_(std::move(access)),
      descriptor_(std::move(descriptor)),
      sources_(SourcesOf(access_, descriptor_)),
      have_(offset),
      have_at_connect_(offset),
      attempts_(*access_.backoff) {}

std::size_t Download::Read(std::span<std::byte> buffer) {
  for (;;) {
    try {
      if (have_ >= descriptor_.size && have_ > 0) {
        // The end; one byte more is the verifier's business.
        return response_ ? response_->body->Read(buffer.first(1)) : 0;
      }
      if (!response_) Connect();
      const std::size_t size = response_->body->Read(buffer);
      have_ += size;
      if (size > 0 || have_ >= descriptor_.size) return size;
      throw NetworkError(NetworkFault::kBroken, fmt::format("the body ended after {} of {} bytes",
                                                            have_, descriptor_.size));
    } catch (const NetworkError& error) {
      if (have_ >= descriptor_.size) return 0;  // all we wanted has come
      Interrupted(error);
    }
  }
}

HttpRequest Download::Request() const {
  HttpRequest request = access_.Request(Method::kGet, sources_[source_]);
  request.retry = RetryRule::kOnce;
  request.headers.Add("Accept-Encoding", "identity");
  if (have_ > 0 && ranges_) request.headers.Add("Range", fmt::format("bytes={}-", have_));
  if (source_ > 0) {
    request.peers = CheckServerChoice(sources_[0], AddressClass::kUnknown, sources_[source_],
                                      "foreign layer's URL");
  }
  return request;
}

bool Download::NextSource() {
  if (source_ + 1 >= sources_.size()) return false;
  ++source_;
  return true;
}

void Download::Connect() {
  have_at_connect_ = have_;
  for (;;) {
    const HttpRequest request = Request();
    HttpResponse response = access_.transport->Send(request);
    if (response.Ok()) return TakeUp(std::move(response));
    if (response.status == 404 && NextSource()) continue;
    // What cannot be gone on with is asked for from the start.
    if (response.status == 416 && std::exchange(ranges_, false)) continue;
    if (attempts_.GoOnAfter(response, request)) continue;
    throw ErrorFromResponse(response, access_, What());
  }
}

std::string Download::What() const {
  return fmt::format("blob {} of {}", descriptor_.digest.ToString(), access_.repository.ToString());
}

// Known from the head of the answer, a wrong size is not waited for.
void Download::CheckLength(const HttpResponse& response) const {
  const auto length = ContentLength(response.headers);
  if (!length || *length == descriptor_.size) return;
  if (response.headers.Get("Content-Encoding") || response.headers.Get("Transfer-Encoding")) return;
  throw Error(ErrorKind::kCorrupt, fmt::format("{}: the registry has {} bytes, the manifest gives "
                                               "the size as {}",
                                               What(), *length, descriptor_.size));
}

void Download::TakeUp(HttpResponse response) {
  const bool partial = response.status == 206;
  const auto range = ContentRange::Parse(response.headers.Get("Content-Range").value_or(""));
  const bool fits =
      range && range->first == have_ && range->total.value_or(descriptor_.size) == descriptor_.size;
  if (partial && !fits) {
    throw Error(
        ErrorKind::kUnavailable,
        fmt::format("{} answers another range than the one asked for", response.url.ToString()));
  }
  if (!partial) CheckLength(response);
  // A Content-Encoding although identity was asked for: storage servers say so of bytes that are
  // themselves compressed, and the digest tells whether they are right.
  response_.emplace(std::move(response));
  if (!partial && have_ > 0) SkipTo(have_);
}

// The server ignored the range and starts over; what we have is passed over.
void Download::SkipTo(std::uint64_t position) {
  std::vector<std::byte> scratch(256u << 10);
  while (position > 0) {
    const std::size_t want = std::min<std::uint64_t>(position, scratch.size());
    const std::size_t size = response_->body->Read(std::span(scratch).first(want));
    if (size == 0) throw NetworkError(NetworkFault::kBroken, "the body ended early");
    position -= size;
  }
}

void Download::Interrupted(const NetworkError& error) {
  response_.reset();
  if (have_ > have_at_connect_) attempts_.NoteProgress();
  if (!attempts_.GoOnAfter(error, Request())) throw error;
}

}  // namespace ibuild::registry
