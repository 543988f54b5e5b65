#include "builder/plan/remote_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "builder/git/git_url.h"
#include "oci/digest.h"
#include "support/error.h"
#include "support/hex.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kUnnamed = "__unnamed__";

std::string_view PathOfUrl(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t authority = url.find("://") + 3;
  const std::size_t path = url.find('/', authority);
  return path == std::string_view::npos ? std::string_view() : url.substr(path);
}

std::optional<std::string> MergeChecksum(const std::optional<std::string>& in_url,
                                         const std::optional<std::string>& in_flag) {
  if (!in_flag) return in_url;
  const std::string flag = ToLower(*in_flag);
  if (flag.empty() || !IsLowerHex(flag)) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("invalid checksum {}", Quote(*in_flag)))
        .WithHint("the checksum of a repository is a commit id or the beginning of one");
  }
  if (in_url && !in_url->starts_with(flag) && !flag.starts_with(*in_url)) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("checksum mismatch {} != {}", Quote(*in_url), Quote(flag)));
  }
  return in_url && in_url->size() > flag.size() ? in_url : flag;
}

}  // namespace

bool IsUrl(std::string_view source) {
  return source.starts_with("http://") || source.starts_with("https://");
}

std::string FileNameOfUrl(std::string_view url) {
  std::string path = DecodePercent(PathOfUrl(url));
  while (path.ends_with('/')) path.pop_back();
  std::string name = path.substr(path.find_last_of('/') + 1);
  const bool unusable =
      name.empty() || name == "." || name == ".." || name.find('\0') != std::string::npos;
  return unusable ? std::string(kUnnamed) : name;
}

UrlSource ReadUrlSource(const std::string& url, const std::optional<std::string>& checksum) {
  if (checksum && !oci::Digest::TryParse(*checksum)) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("invalid checksum digest {}", Quote(*checksum)))
        .WithHint("write --checksum=sha256: and 64 hexadecimal digits");
  }
  return {.url = url, .file_name = FileNameOfUrl(url), .checksum = checksum};
}

std::optional<GitSource> ReadGitSource(const std::string& source,
                                       const std::optional<std::string>& checksum,
                                       std::optional<bool> keep_git_dir) {
  const std::optional<GitUrl> url = ParseGitUrl(source, GitUrlUse::kAdd);
  if (!url) return std::nullopt;
  if (url->keep_git_dir && keep_git_dir == false) {
    throw Error(ErrorKind::kInvalidInput, "inconsistent keep-git-dir configuration");
  }
  return GitSource{.remote = url->remote,
                   .ref = url->ref,
                   .subdirectory = url->subdirectory,
                   .keep_git_dir = url->keep_git_dir || keep_git_dir.value_or(false),
                   .checksum = MergeChecksum(url->checksum, checksum),
                   .submodules = url->submodules,
                   .commit_times = url->commit_times,
                   .fetch_by_commit = url->fetch_by_commit};
}

}  // namespace ibuild::builder
