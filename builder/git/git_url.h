// Addresses of Git repositories, as `docker build` takes them for contexts and ADD takes them for
// sources (Docker documentation, "Build context: Git repositories" and "ADD").
//
//   address  ::= remote ["#" ref [":" subdirectory]]          with any remote
//              | http(s) remote "?" query                      ref, tag, branch, subdir, commit,
//                                                              checksum, keep-git-dir, submodules
//   remote   ::= "git://" … | "ssh://" … | "http(s)://" … ".git" | user "@" host ":" path
//              | "github.com/" …                               contexts only
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ibuild::builder {

struct GitUrl {
  std::string remote;                   // what git itself takes
  std::string ref;                      // branch, tag, refs/… or commit; empty: the remote's HEAD
  std::string subdirectory;             // relative, clean; empty: all of it
  std::optional<std::string> checksum;  // commit id or a prefix of it, lower-case hex
  bool keep_git_dir = false;
  bool submodules = true;

  friend bool operator==(const GitUrl&, const GitUrl&) = default;
};

enum class GitUrlUse { kContext, kAdd };

// Nothing when `text` is no Git address at all. Throws kInvalidInput for one that is malformed or
// dangerous: a ref or host that git would read as an option, an unknown query key, branch together
// with tag, a checksum that is no commit id.
std::optional<GitUrl> ParseGitUrl(std::string_view text, GitUrlUse use);

}  // namespace ibuild::builder
