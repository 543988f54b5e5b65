// Addresses of Git repositories, as `docker build` takes them for contexts and ADD takes them for
// sources (Docker documentation, "Build context: Git repositories" and "ADD").
//
//   address  ::= remote ["?" query] ["#" ref [":" subdirectory]]
//   query    ::= key ["=" value] {"&" …}    ref, tag, branch, subdir, checksum or commit,
//                                           keep-git-dir, submodules, mtime, fetch-by-commit
//   remote   ::= "git://" … | "ssh://" … | "http(s)://" … ".git" | user "@" host ":" path
//              | "github.com/" …                               contexts only
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "support/secret.h"

namespace ibuild::builder {

struct GitUrl {
  std::string remote;                   // what git itself takes
  std::string ref;                      // branch, tag, refs/… or commit; empty: the remote's HEAD
  std::string subdirectory;             // relative, clean; empty: all of it
  std::optional<std::string> checksum;  // commit id or a prefix of it, lower-case hex
  bool keep_git_dir = false;
  bool submodules = true;
  bool commit_times = false;     // mtime=commit: files get the commit's time, not the checkout's
  bool fetch_by_commit = false;  // `checksum` is the commit, wherever the ref points by now

  friend bool operator==(const GitUrl&, const GitUrl&) = default;
};

enum class GitUrlUse { kContext, kAdd };

// Nothing when `text` is no Git address at all. Throws kInvalidInput for one that is malformed or
// dangerous: a ref or host that git would read as an option, an unknown query key or one given
// twice, branch together with tag, a query that contradicts itself or the fragment, a checksum that
// is no commit id.
std::optional<GitUrl> ParseGitUrl(std::string_view text, GitUrlUse use);

// Commit ids are hexadecimal; their length tells the hash that a repository names its objects by.
constexpr std::size_t kSha1Digits = 40;
constexpr std::size_t kSha256Digits = 64;
bool IsCommitId(std::string_view text);  // a whole one

// An http or https address may carry a user and a password. They are for git's environment alone:
// what is shown, stored, hashed or passed as an argument is the address without them.
std::string WithoutCredentials(std::string_view remote);
// "user:password", decoded; empty: none.
Secret CredentialsIn(std::string_view remote);

}  // namespace ibuild::builder
