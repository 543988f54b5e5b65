#include "registry/cache/s3_cache.h"

#include <fmt/format.h>

#include "oci/blob_store.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr int kConditionalWrites = 4;  // when others keep writing at the same time
constexpr std::size_t kLongestComplaint = 4096;

Url BaseOf(const S3Settings& settings) {
  if (settings.endpoint.empty() && !settings.path_style) {
    return Url::Parse(
        fmt::format("https://{}.s3.{}.amazonaws.com/", settings.bucket, settings.region));
  }
  const std::string endpoint = settings.endpoint.empty()
                                   ? fmt::format("https://s3.{}.amazonaws.com", settings.region)
                                   : settings.endpoint;
  std::string root = endpoint;
  while (root.ends_with('/')) root.pop_back();
  return Url::Parse(root + "/" + PercentEncode(settings.bucket) + "/");
}

// The words in <Code>…</Code> of an S3 error, if any.
std::string CodeOf(std::string_view body) {
  const std::size_t begin = body.find("<Code>");
  const std::size_t end = body.find("</Code>");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  return ": " + PrintableText(body.substr(begin + 6, end - begin - 6));
}

Error Refused(HttpResponse& response, std::string_view what) {
  std::string body;
  try {
    body = ReadBody(response, kLongestComplaint, what);
  } catch (const Error&) {
    // Its status is enough.
  }
  const ErrorKind kind = response.status == 404 ? ErrorKind::kNotFound
                         : response.status == 401 || response.status == 403
                             ? ErrorKind::kUnauthorized
                             : ErrorKind::kUnavailable;
  return Error(kind,
               fmt::format("{}: the bucket answers {}{}", what, response.status, CodeOf(body)));
}

}  // namespace

S3Cache::S3Cache(Transport& transport, S3Settings settings, std::stop_token stop)
    : transport_(transport),
      settings_(std::move(settings)),
      stop_(std::move(stop)),
      base_(BaseOf(settings_)) {}

Url S3Cache::UrlOf(const std::string& key) const {
  std::string path = base_.path();
  bool first = true;
  for (const std::string_view part : Split(key, '/')) {
    path += (first ? "" : "/") + PercentEncode(part);
    first = false;
  }
  return base_.WithPath(path);
}

std::string S3Cache::BlobKey(const oci::Descriptor& blob) const {
  return settings_.prefix + "blobs/sha256/" + blob.digest.hex();
}

HttpResponse S3Cache::Send(HttpRequest request, std::string_view payload, std::stop_token stop) {
  request.stop = std::move(stop);
  SignAws(request, settings_.credentials, settings_.region, payload, Now());
  return transport_.Send(request);
}

S3Cache::Document S3Cache::ReadDocument(std::stop_token stop) {
  HttpResponse response =
      Send(HttpRequest(Method::kGet, UrlOf(AnswersKey())), PayloadHash(""), stop);
  if (response.status == 404) return {};
  if (!response.Ok()) throw Refused(response, "the cache's document");
  Document document;
  document.etag = response.headers.Get("ETag").value_or("");
  document.text = ReadBody(response, kMostBytes, "the cache's document");
  return document;
}

std::optional<std::string> S3Cache::ReadAnswers(std::stop_token stop) {
  return ReadDocument(std::move(stop)).text;
}

// False: another writer came between.
bool S3Cache::WriteDocument(const std::string& text, const Document& over) {
  HttpRequest request(Method::kPut, UrlOf(AnswersKey()));
  request.body = BodyOfText(text);
  if (!over.text) {
    request.headers.Set("If-None-Match", "*");
  } else if (!over.etag.empty()) {
    request.headers.Set("If-Match", over.etag);
  }
  HttpResponse response = Send(std::move(request), PayloadHash(text), stop_);
  if (response.status == 409 || response.status == 412) return false;
  if (!response.Ok()) throw Refused(response, "writing the cache's document");
  return true;
}

void S3Cache::WriteAnswers(const Merge& merge) {
  for (int i = 0; i < kConditionalWrites; ++i) {
    const Document current = ReadDocument(stop_);
    const auto merged = merge(current.text);
    if (!merged || WriteDocument(merged->text, current)) return;
  }
  throw Error(ErrorKind::kUnavailable, "others keep writing the cache's document");
}

bool S3Cache::Has(const oci::Descriptor& blob) {
  HttpResponse response =
      Send(HttpRequest(Method::kHead, UrlOf(BlobKey(blob))), PayloadHash(""), stop_);
  if (response.status == 404) return false;
  if (!response.Ok()) throw Refused(response, "a layer of the cache");
  return ContentLength(response.headers).value_or(blob.size) == blob.size;
}

std::unique_ptr<ByteSource> S3Cache::Open(const oci::Descriptor& blob) {
  HttpResponse response =
      Send(HttpRequest(Method::kGet, UrlOf(BlobKey(blob))), PayloadHash(""), stop_);
  if (!response.Ok()) throw Refused(response, "layer " + blob.digest.ToString());
  return std::make_unique<oci::VerifyingSource>(std::move(response.body), blob);
}

// The digest is what S3 calls the hash of the payload: the bucket itself refuses other bytes.
void S3Cache::Put(const oci::Descriptor& blob,
                  const std::function<std::unique_ptr<ByteSource>()>& open) {
  HttpRequest request(Method::kPut, UrlOf(BlobKey(blob)));
  request.body = RequestBody{.size = blob.size, .open = open};
  HttpResponse response = Send(std::move(request), blob.digest.hex(), stop_);
  if (!response.Ok()) throw Refused(response, "sending layer " + blob.digest.ToString());
}

}  // namespace ibuild::registry
