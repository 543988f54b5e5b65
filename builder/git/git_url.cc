#include "builder/git/git_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "support/clean_path.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

bool HasHttpScheme(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

// "user@host:path", the form of scp(1): the first colon comes before any slash.
bool IsScpForm(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::size_t colon = text.find(':');
  const std::size_t slash = text.find('/');
  return at != std::string_view::npos && colon != std::string_view::npos && at < colon &&
         (slash == std::string_view::npos || colon < slash);
}

bool IsRemote(std::string_view text, GitUrlUse use) {
  if (text.starts_with("git://") || text.starts_with("ssh://")) return true;
  if (HasHttpScheme(text)) return text.ends_with(".git");
  if (IsScpForm(text)) return true;
  return use == GitUrlUse::kContext && text.starts_with("github.com/");
}

// git takes what starts with "-" for an option, wherever it stands (CVE-2017-1000117).
void RefuseOptions(const GitUrl& url, std::string_view text) {
  const std::size_t scheme = url.remote.find("://");
  const std::size_t host_at = scheme == std::string::npos ? 0 : scheme + 3;
  const std::string_view host = std::string_view(url.remote).substr(host_at);
  const std::size_t at = host.find('@');
  const bool bad_host = host.starts_with('-') ||
                        (at != std::string_view::npos && host.substr(at + 1).starts_with('-'));
  if (!url.ref.starts_with('-') && !bad_host) return;
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("invalid Git address {}: {} must not start with a dash", Quote(text),
                          bad_host ? "the host" : "the ref"));
}

void SetChecksum(GitUrl& url, std::string_view value) {
  if (value.size() < 7 || value.size() > 64 || !IsHex(value)) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("invalid checksum {}: wanted a commit id or at least 7 digits of one",
                            Quote(value)));
  }
  url.checksum = ToLower(value);
}

bool ParseSwitch(std::string_view key, std::string_view value) {
  if (value.empty() || value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("invalid boolean value for {}: {}", key, Quote(value)));
}

// The parts of a query that exclude each other.
struct RefQuery {
  std::string ref;
  std::string branch;
  std::string tag;
};

void ApplyQueryItem(GitUrl& url, RefQuery& refs, std::string_view item) {
  const std::size_t equals = item.find('=');
  const std::string_view key = item.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1);
  if (key == "ref") {
    refs.ref = value;
  } else if (key == "branch") {
    refs.branch = value;
  } else if (key == "tag") {
    refs.tag = value;
  } else if (key == "subdir") {
    url.subdirectory = CleanPath::Parse(value).text();
  } else if (key == "checksum" || key == "commit") {
    SetChecksum(url, value);
  } else if (key == "keep-git-dir") {
    url.keep_git_dir = ParseSwitch(key, value);
  } else if (key == "submodules") {
    url.submodules = ParseSwitch(key, value);
  } else {
    Error error(ErrorKind::kInvalidInput, fmt::format("unexpected query {}", Quote(key)));
    const auto nearest = ClosestMatch(key, {"ref", "branch", "tag", "subdir", "checksum", "commit",
                                            "keep-git-dir", "submodules"});
    if (nearest) error.AddHint(fmt::format("did you mean {}?", *nearest));
    throw error;
  }
}

void ApplyQuery(GitUrl& url, std::string_view query) {
  RefQuery refs;
  for (const std::string_view item : Split(query, '&')) {
    if (!item.empty()) ApplyQueryItem(url, refs, item);
  }
  if (!refs.branch.empty() && !refs.tag.empty()) {
    throw Error(ErrorKind::kInvalidInput, "branch conflicts with tag");
  }
  const std::string& named = refs.branch.empty() ? refs.tag : refs.branch;
  if (!named.empty() && !refs.ref.empty() && named != refs.ref) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("ref conflicts with {}", refs.branch.empty() ? "tag" : "branch"));
  }
  if (!refs.ref.empty()) url.ref = refs.ref;
  if (!refs.branch.empty()) url.ref = "refs/heads/" + refs.branch;
  if (!refs.tag.empty()) url.ref = "refs/tags/" + refs.tag;
}

// Where "user:password@" is in an http or https address; an empty stretch where there is none.
std::pair<std::size_t, std::size_t> FindCredentials(std::string_view remote) {
  if (!HasHttpScheme(remote)) return {0, 0};
  const std::size_t begin = remote.find("://") + 3;
  const std::size_t authority_end = std::min(remote.find('/', begin), remote.size());
  const std::size_t at = remote.substr(0, authority_end).rfind('@');
  return at == std::string_view::npos || at < begin ? std::pair(begin, begin)
                                                    : std::pair(begin, at + 1);
}

void ApplyFragment(GitUrl& url, std::string_view fragment) {
  const std::size_t colon = fragment.find(':');
  url.ref = fragment.substr(0, colon);
  if (colon != std::string_view::npos) {
    url.subdirectory = CleanPath::Parse(fragment.substr(colon + 1)).text();
  }
}

}  // namespace

std::optional<GitUrl> ParseGitUrl(std::string_view text, GitUrlUse use) {
  const std::size_t hash = text.find('#');
  std::string_view remote = text.substr(0, hash);
  const std::size_t question = remote.find('?');
  const std::string_view query =
      question == std::string_view::npos ? std::string_view() : remote.substr(question + 1);
  remote = remote.substr(0, question);
  if (!IsRemote(remote, use)) return std::nullopt;
  GitUrl url;
  url.remote = remote.starts_with("github.com/") ? "https://" + std::string(remote) : remote;
  if (question != std::string_view::npos && hash != std::string_view::npos) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} has both a query and a fragment", Quote(text)))
        .WithHint("write the ref and the folder either as ?ref=…&subdir=… or as #ref:folder");
  }
  if (question != std::string_view::npos) ApplyQuery(url, query);
  if (hash != std::string_view::npos) ApplyFragment(url, text.substr(hash + 1));
  RefuseOptions(url, text);
  return url;
}

std::string WithoutCredentials(std::string_view remote) {
  const auto [begin, end] = FindCredentials(remote);
  return std::string(remote.substr(0, begin)) + std::string(remote.substr(end));
}

Secret CredentialsIn(std::string_view remote) {
  const auto [begin, end] = FindCredentials(remote);
  if (begin == end) return {};
  std::string credentials = DecodePercent(remote.substr(begin, end - begin - 1));
  if (credentials.find(':') == std::string::npos) credentials += ':';
  return Secret(std::move(credentials));
}

}  // namespace ibuild::builder
