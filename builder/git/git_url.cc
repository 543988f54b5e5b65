#include "builder/git/git_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "support/bool_text.h"
#include "support/clean_path.h"
#include "support/error.h"
#include "support/hex.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

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

// A key alone means true.
bool ParseSwitch(std::string_view key, std::string_view value) {
  const auto truth = value.empty() ? std::optional(true) : ParseBool(value);
  if (truth) return *truth;
  throw Error(ErrorKind::kInvalidInput, fmt::format("invalid {} value: {}", key, Quote(value)));
}

bool IsCommitTime(std::string_view value) {
  if (value == "commit") return true;
  if (value == "checkout") return false;
  throw Error(ErrorKind::kInvalidInput, fmt::format("invalid mtime value: {}", Quote(value)))
      .WithHint("write mtime=commit or mtime=checkout");
}

std::string WithPrefix(std::string_view prefix, std::string_view name) {
  return std::string(name.starts_with(prefix) ? "" : prefix) + std::string(name);
}

// Two parts of an address may say the same thing.
void SetOnce(std::string& what, std::string_view value, std::string_view name) {
  if (!what.empty() && what != value) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} conflicts: {} vs {}", name, Quote(what), Quote(value)));
  }
  what = value;
}

struct QueryKey {
  std::string_view name;
  bool is_switch = false;
};
constexpr std::array<QueryKey, 10> kQueryKeys = {{{"ref"},
                                                  {"tag"},
                                                  {"branch"},
                                                  {"subdir"},
                                                  {"checksum"},
                                                  {"commit"},
                                                  {"keep-git-dir", true},
                                                  {"submodules", true},
                                                  {"mtime"},
                                                  {"fetch-by-commit", true}}};

using Query = std::map<std::string, std::string, std::less<>>;

Query ReadQuery(std::string_view text) {
  Query query;
  for (const std::string_view item : Split(text, '&')) {
    if (item.empty()) continue;
    const std::size_t equals = item.find('=');
    const std::string key(item.substr(0, equals));
    const auto known = std::ranges::find(kQueryKeys, key, &QueryKey::name);
    if (known == kQueryKeys.end()) {
      Error error(ErrorKind::kInvalidInput, fmt::format("unexpected query {}", Quote(key)));
      std::vector<std::string> names;
      for (const QueryKey& it : kQueryKeys) names.emplace_back(it.name);
      if (const auto nearest = ClosestMatch(key, names)) {
        error.AddHint(fmt::format("did you mean {}?", *nearest));
      }
      throw error;
    }
    std::string value =
        equals == std::string_view::npos ? "" : DecodePercent(item.substr(equals + 1));
    if (value.empty() && !known->is_switch) {
      throw Error(ErrorKind::kInvalidInput, fmt::format("query {} has no value", Quote(key)));
    }
    if (!query.emplace(key, std::move(value)).second) {
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("query {} has multiple values", Quote(key)));
    }
  }
  return query;
}

// `name`, as a fragment or ref= says it, may be short for what branch= or tag= says in full.
void SetQualifiedRef(GitUrl& url, std::string_view prefix, std::string_view name) {
  const std::string full = WithPrefix(prefix, name);
  if (!url.ref.empty() && WithPrefix(prefix, url.ref) == full) url.ref = full;
  SetOnce(url.ref, full, "ref");
}

void ApplyQuery(GitUrl& url, const Query& query) {
  if (query.contains("branch") && query.contains("tag")) {
    throw Error(ErrorKind::kInvalidInput, "branch conflicts with tag");
  }
  for (const auto& [key, value] : query) {
    if (key == "ref") SetOnce(url.ref, value, key);
    if (key == "subdir") SetOnce(url.subdirectory, CleanPath::Parse(value).text(), key);
    if (key == "checksum" || key == "commit") SetChecksum(url, value);
    if (key == "keep-git-dir") url.keep_git_dir = ParseSwitch(key, value);
    if (key == "submodules") url.submodules = ParseSwitch(key, value);
    if (key == "mtime") url.commit_times = IsCommitTime(value);
    if (key == "fetch-by-commit") url.fetch_by_commit = ParseSwitch(key, value);
  }
  if (const auto tag = query.find("tag"); tag != query.end()) {
    SetQualifiedRef(url, "refs/tags/", tag->second);
  }
  if (const auto branch = query.find("branch"); branch != query.end()) {
    SetQualifiedRef(url, "refs/heads/", branch->second);
  }
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

bool IsCommitId(std::string_view text) {
  return (text.size() == kSha1Digits || text.size() == kSha256Digits) && IsLowerHex(text);
}

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
  if (hash != std::string_view::npos) ApplyFragment(url, text.substr(hash + 1));
  ApplyQuery(url, ReadQuery(query));
  if (url.fetch_by_commit && (!url.checksum || !IsCommitId(*url.checksum))) {
    throw Error(ErrorKind::kInvalidInput, "fetch-by-commit needs a whole commit id")
        .WithHint("write it as checksum=ID");
  }
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
