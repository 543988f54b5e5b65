#include "builder/solve/remote_files.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "builder/context/directory_tree.h"
#include "builder/git/git_checkout.h"
#include "oci/digest.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr mode_t kDownloadMode = 0600;
constexpr const char* kBlobType = "application/octet-stream";

struct Download {
  oci::Digest digest;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // Last-Modified, seconds
};

std::int64_t LastModified(const std::map<std::string, std::string>& headers) {
  for (const auto& [name, value] : headers) {
    if (!EqualsIgnoringCase(name, "last-modified")) continue;
    const auto time = ParseHttpDate(value);
    return time ? time->seconds : 0;
  }
  return 0;
}

std::string Subject(const std::string& url) { return "download " + url; }

// What an earlier build got from this URL, if it is what the checksum wants and still here.
std::optional<Download> FindDownload(const SolveContext& context, const UrlSource& source) {
  if (!source.checksum) return std::nullopt;
  const auto known = context.cache.FindDerived(Subject(source.url));
  if (!known) return std::nullopt;
  const auto fields = Split(*known, ' ');
  if (fields.size() != 3 || fields[0] != *source.checksum) return std::nullopt;
  const auto digest = oci::Digest::TryParse(fields[0]);
  const auto size = ParseUnsigned(fields[1]);
  const auto modified = ParseUnsigned(fields[2]);
  if (!digest || !size || !modified) return std::nullopt;
  if (!context.ports.store.blobs().Has(*digest)) return std::nullopt;
  return Download{
      .digest = *digest, .size = *size, .modified = static_cast<std::int64_t>(*modified)};
}

void CheckDigest(const UrlSource& source, const oci::Digest& digest) {
  if (!source.checksum || *source.checksum == digest.ToString()) return;
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("digest mismatch {}: {}", digest.ToString(), *source.checksum))
      .WithHint("the file at the URL is not the one that --checksum names");
}

Download Fetch(const SolveContext& context, const UrlSource& source) {
  if (!context.ports.fetch_url) {
    throw Error(ErrorKind::kUnsupported, "ADD of a URL is not possible without a network");
  }
  const auto blob = context.ports.store.NewBlob();
  std::map<std::string, std::string> headers;
  InContext("fetching " + source.url,
            [&] { context.ports.fetch_url(source.url, {}, *blob, headers); });
  blob->Finish();
  const oci::Descriptor content = blob->Describe(kBlobType);
  CheckDigest(source, content.digest);
  blob->Publish();
  const Download download{
      .digest = content.digest, .size = content.size, .modified = LastModified(headers)};
  context.cache.PutDerived(Subject(source.url), fmt::format("{} {} {}", download.digest.ToString(),
                                                            download.size, download.modified));
  return download;
}

}  // namespace

RemoteFile FetchRemoteFile(const SolveContext& context, const UrlSource& source) {
  const auto known = FindDownload(context, source);
  const Download download = known ? *known : Fetch(context, source);
  RemoteFile remote;
  remote.content_key = fmt::format("{} modified {}", download.digest.ToString(), download.modified);
  remote.file.name = source.file_name;
  remote.file.path = context.ports.store.layout().Blob(download.digest);
  remote.file.meta.mode = kDownloadMode;
  remote.file.meta.size = download.size;
  remote.file.meta.mtime.seconds = download.modified;
  return remote;
}

struct RemoteRepository::Checkout {
  explicit Checkout(const std::filesystem::path& parent) : directory(parent, "git-") {}

  TempDir directory;
  StatIndex index;
  TreeSelection files;
};

namespace {

GitUrl UrlOf(const GitSource& source) {
  GitUrl url;
  url.remote = source.remote;
  url.ref = source.ref;
  url.subdirectory = source.subdirectory;
  url.checksum = source.checksum;
  url.keep_git_dir = source.keep_git_dir;
  url.submodules = source.submodules;
  return url;
}

GitAccess AccessOf(const SolveContext& context) {
  GitAccess access;
  if (const auto agent = context.request.ssh_agents.find("default");
      agent != context.request.ssh_agents.end()) {
    access.ssh_auth_sock = agent->second.string();
  }
  if (auto header = context.secrets.Find("GIT_AUTH_HEADER")) {
    access.authorization = *std::move(header);
  }
  return access;
}

}  // namespace

RemoteRepository::RemoteRepository(const SolveContext& context, const GitSource& source)
    : context_(context), source_(source), commit_(InContext("resolving " + source.remote, [&] {
        return ResolveGitCommit(UrlOf(source), AccessOf(context));
      })) {}

std::string RemoteRepository::ContentKey() const {
  return fmt::format("{} {} {} {}", commit_, Quote(source_.subdirectory), source_.keep_git_dir,
                     source_.submodules);
}

const TreeSelection& RemoteRepository::Files() {
  if (checkout_) return checkout_->files;
  auto checkout = std::make_shared<Checkout>(context_.ports.store.layout().ingest());
  InContext("fetching " + source_.remote, [&] {
    CheckOutGitCommit(UrlOf(source_), commit_, AccessOf(context_), checkout->directory.path());
  });
  auto tree = std::make_shared<const DirectoryTree>(checkout->directory.path(), checkout->index);
  checkout->files.sources = SelectFiles(
      *tree, SourcePattern{.text = "/" + source_.subdirectory, .parents = false, .exclude = {}});
  checkout->files.tree = std::move(tree);
  checkout_ = std::move(checkout);
  return checkout_->files;
}

}  // namespace ibuild::builder
