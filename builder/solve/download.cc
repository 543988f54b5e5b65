#include "builder/solve/download.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "builder/secrets/source_credentials.h"
#include "oci/digest.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

using Headers = std::map<std::string, std::string>;

constexpr mode_t kMode = 0600;
constexpr const char* kBlobType = "application/octet-stream";
constexpr const char* kNotModified = "304";
// RFC 9110 8.8.2.2: a file that had not changed for so long was not changed twice in its second.
constexpr std::int64_t kSettled = 60;

// What is known of a URL: one line each.
struct Download {
  oci::Digest digest;
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  std::string etag;   // empty: none
  std::string since;  // Last-Modified where it can be relied on; empty: none
};

std::string Header(const Headers& headers, std::string_view wanted) {
  for (const auto& [name, value] : headers) {
    if (EqualsIgnoringCase(name, wanted)) return value;
  }
  return {};
}

std::int64_t LastModified(const Headers& headers) {
  const auto time = ParseHttpDate(Header(headers, "last-modified"));
  return time ? time->seconds : 0;
}

bool HasSettled(const Headers& headers) {
  const auto now = ParseHttpDate(Header(headers, "date"));
  const auto changed = ParseHttpDate(Header(headers, "last-modified"));
  return now && changed && now->seconds - changed->seconds >= kSettled;
}

std::string Serialize(const Download& download) {
  return fmt::format("{}\n{}\n{}\n{}\n{}", download.digest.ToString(), download.size,
                     download.modified, download.etag, download.since);
}

std::optional<Download> ParseDownload(std::string_view text) {
  const auto lines = Split(text, '\n');
  if (lines.size() != 5) return std::nullopt;
  const auto digest = oci::Digest::TryParse(lines[0]);
  const auto size = ParseUnsigned(lines[1]);
  const auto modified = ParseUnsigned(lines[2]);
  if (!digest || !size || !modified) return std::nullopt;
  return Download{.digest = *digest,
                  .size = *size,
                  .modified = static_cast<std::int64_t>(*modified),
                  .etag = std::string(lines[3]),
                  .since = std::string(lines[4])};
}

std::string Subject(const std::string& url) { return "download of " + url; }

// What an earlier build got from this URL, when the store still has it.
std::optional<Download> FindDownload(const RemoteAccess& access, const std::string& url) {
  const auto known = access.cache.FindDerived(Subject(url));
  auto download = known ? ParseDownload(*known) : std::nullopt;
  if (download && !access.ports.store.blobs().Has(download->digest)) return std::nullopt;
  return download;
}

void CheckDigest(const UrlSource& source, const oci::Digest& digest) {
  if (!source.checksum || *source.checksum == digest.ToString()) return;
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("digest mismatch {}: {}", digest.ToString(), *source.checksum))
      .WithHint("the file at the URL is not the one that --checksum names");
}

Headers RequestHeaders(const RemoteAccess& access, const std::string& url,
                       const std::optional<Download>& known) {
  Headers headers;
  if (known && !known->etag.empty()) {
    headers["If-None-Match"] = known->etag;
  } else if (known && !known->since.empty()) {
    headers["If-Modified-Since"] = known->since;
  }
  const Secret authorization = UrlAuthorization(url, access.secrets);
  if (!authorization.empty()) headers["Authorization"] = authorization.Reveal();
  return headers;
}

Download Fetch(const RemoteAccess& access, const UrlSource& source,
               const std::optional<Download>& known) {
  if (!access.ports.fetch_url) {
    throw Error(ErrorKind::kUnsupported, "ADD of a URL is not possible without a network")
        .WithHint("copy the file into the context and ADD it from there");
  }
  const auto blob = access.ports.store.NewBlob();
  Headers answer;
  access.ports.fetch_url(source.url, RequestHeaders(access, source.url, known), *blob, answer);
  if (Header(answer, ":status") == kNotModified) {
    if (!known) {
      throw Error(ErrorKind::kUnavailable,
                  "the server says that the file is unchanged (304), though nobody asked that")
          .WithHint("try again; a proxy or cache before the server may be at fault");
    }
    CheckDigest(source, known->digest);
    return *known;
  }
  blob->Finish();
  const oci::Descriptor content = blob->Describe(kBlobType);
  CheckDigest(source, content.digest);
  blob->Publish();
  return Download{.digest = content.digest,
                  .size = content.size,
                  .modified = LastModified(answer),
                  .etag = Header(answer, "etag"),
                  .since = HasSettled(answer) ? Header(answer, "last-modified") : std::string()};
}

Download Obtain(const RemoteAccess& access, const UrlSource& source) {
  const auto known = FindDownload(access, source.url);
  if (known && source.checksum == known->digest.ToString()) return *known;
  const Download download = Fetch(access, source, known);
  access.cache.PutDerived(Subject(source.url), Serialize(download));
  return download;
}

}  // namespace

std::string RemoteFile::ContentKey() const {
  return fmt::format("{} modified {}", content_.digest.ToString(), modified_);
}

LooseFile RemoteFile::File() const {
  NullSink nowhere;
  Copy(*store_.blobs().Open(content_), nowhere);  // verifies
  LooseFile file;
  file.name = name_;
  file.path = store_.layout().Blob(content_.digest);
  file.meta.mode = kMode;
  file.meta.size = content_.size;
  file.meta.mtime.seconds = modified_;
  return file;
}

RemoteFile FetchRemoteFile(const RemoteAccess& access, const UrlSource& source) {
  const Download download = Obtain(access, source);
  oci::Descriptor content{.media_type = kBlobType,
                          .digest = download.digest,
                          .size = download.size,
                          .platform = {},
                          .artifact_type = {},
                          .annotations = {},
                          .urls = {}};
  return RemoteFile(access.ports.store, source.file_name, std::move(content), download.modified);
}

}  // namespace ibuild::builder
