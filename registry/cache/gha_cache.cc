#include "registry/cache/gha_cache.h"

#include <fmt/format.h>

#include "oci/blob_store.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"

namespace ibuild::registry {
namespace {

constexpr std::string_view kMethods = "twirp/github.actions.results.api.v1.CacheService/";
constexpr std::size_t kLongestAnswer = 64u << 10;
constexpr const char* kWhat = "the actions cache service";

// Part of every entry's name: entries of another format are never found.
std::string Version() { return oci::Digest::OfText("ibuild gha cache 1").hex(); }

std::string BlobKey(const oci::Descriptor& blob) { return "ibuild-blob-" + blob.digest.hex(); }

bool IsOk(const JsonReader& answer) {
  const auto ok = answer.Find("ok");
  return ok && ok->AsBool();
}

Error Refused(int status, std::string_view what) {
  const ErrorKind kind =
      status == 401 || status == 403 ? ErrorKind::kUnauthorized : ErrorKind::kUnavailable;
  return Error(kind, fmt::format("{} answers {} to {}", kWhat, status, what));
}

}  // namespace

std::string GhaCache::Call(std::string_view method, const std::string& body, std::stop_token stop) {
  const std::string slash = settings_.service.ends_with('/') ? "" : "/";
  HttpRequest request(Method::kPost, Url::Parse(settings_.service + slash + std::string(kMethods) +
                                                std::string(method)));
  request.headers.Set("Authorization", "Bearer " + settings_.token.Reveal());
  request.headers.Set("Content-Type", "application/json");
  request.body = BodyOfText(body);
  request.stop = std::move(stop);
  HttpResponse response = transport_.Send(request);
  // An entry that is there already, or none of that name.
  if (response.status == 404 || response.status == 409) return "{}";
  if (!response.Ok()) throw Refused(response.status, method);
  return ReadBody(response, kLongestAnswer, kWhat);
}

std::string GhaCache::Find(const std::string& key, const std::string& prefix,
                           std::stop_token stop) {
  Json body = {{"key", key}, {"version", Version()}, {"restore_keys", Json::array()}};
  if (!prefix.empty()) body["restore_keys"].push_back(prefix);
  const Json answer =
      ParseJson(Call("GetCacheEntryDownloadURL", DumpJson(body), std::move(stop)), kWhat);
  const JsonReader reader(answer, kWhat);
  return IsOk(reader) ? reader.String("signed_download_url") : std::string();
}

HttpResponse GhaCache::Download(const std::string& url, std::stop_token stop) {
  HttpRequest request(Method::kGet, Url::Parse(url));
  request.stop = std::move(stop);
  HttpResponse response = transport_.Send(request);
  if (!response.Ok()) throw Refused(response.status, "a download");
  return response;
}

std::optional<std::string> GhaCache::ReadAnswers(std::stop_token stop) {
  const std::string prefix = "ibuild-answers-" + settings_.scope + "-";
  const std::string url = Find(prefix, prefix, stop);
  if (url.empty()) return std::nullopt;
  HttpResponse response = Download(url, std::move(stop));
  return ReadBody(response, kMostBytes, "the cache's document");
}

void GhaCache::Upload(const std::string& key, RequestBody body) {
  const Json entry = {{"key", key}, {"version", Version()}};
  const Json created = ParseJson(Call("CreateCacheEntry", DumpJson(entry), stop_), kWhat);
  const JsonReader reader(created, kWhat);
  if (!IsOk(reader)) return;  // another job has made it, or is about to
  HttpRequest request(Method::kPut, Url::Parse(reader.String("signed_upload_url")));
  request.headers.Set("x-ms-blob-type", "BlockBlob");
  request.headers.Set("Content-Type", "application/octet-stream");
  request.stop = stop_;
  const std::uint64_t size = body.size;
  request.body = std::move(body);
  const HttpResponse response = transport_.Send(request);
  if (!response.Ok()) throw Refused(response.status, "an upload");
  const Json done = {{"key", key}, {"version", Version()}, {"size_bytes", std::to_string(size)}};
  const Json finished = ParseJson(Call("FinalizeCacheEntryUpload", DumpJson(done), stop_), kWhat);
  if (!IsOk(JsonReader(finished, kWhat))) {
    throw Error(ErrorKind::kUnavailable, fmt::format("{} did not keep {}", kWhat, key));
  }
}

void GhaCache::WriteAnswers(const Merge& merge) {
  const auto merged = merge(ReadAnswers(stop_));
  if (!merged) return;
  Upload(fmt::format("ibuild-answers-{}-{}-{}", settings_.scope, Now().seconds, RandomHex(4)),
         BodyOfText(merged->text));
}

bool GhaCache::Has(const oci::Descriptor& blob) { return !Find(BlobKey(blob), {}, stop_).empty(); }

std::unique_ptr<ByteSource> GhaCache::Open(const oci::Descriptor& blob) {
  const std::string url = Find(BlobKey(blob), {}, stop_);
  if (url.empty()) {
    throw Error(ErrorKind::kNotFound,
                fmt::format("{} does not have {}", kWhat, blob.digest.ToString()));
  }
  return std::make_unique<oci::VerifyingSource>(std::move(Download(url, stop_).body), blob);
}

void GhaCache::Put(const oci::Descriptor& blob,
                   const std::function<std::unique_ptr<ByteSource>()>& open) {
  Upload(BlobKey(blob), RequestBody{.size = blob.size, .open = open});
}

}  // namespace ibuild::registry
