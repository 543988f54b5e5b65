// Fetching Git repositories with the git(1) program, the one helper that a build may start.
//
// git runs without a shell, without prompts, without the user's or the system's configuration,
// with only the protocols git, http, https and ssh, and with every argument behind "--" or checked
// by ParseGitUrl. Tokens travel in its environment, never in its arguments.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "builder/git/git_url.h"
#include "support/clock.h"
#include "support/secret.h"

namespace ibuild::builder {

struct GitAccess {
  Secret authorization;                      // value of an HTTP Authorization header; empty: none
  std::optional<std::string> ssh_auth_sock;  // agent for ssh remotes
};

// The commit that the address means now: one question to the remote, nothing when the address is a
// full commit id already or is to be fetched by its checksum. Throws kNotFound when the ref does
// not exist, kInvalidInput when `checksum` does not match.
std::string ResolveGitCommit(const GitUrl& url, const GitAccess& access);

// Fetches `commit` (as shallow as the remote allows) into the empty directory `destination`, with
// submodules if asked. `.git` is removed unless the address keeps it. The subdirectory is not
// cut out: the caller looks there. Returns when the commit was made.
UnixTime CheckOutGitCommit(const GitUrl& url, const std::string& commit, const GitAccess& access,
                           const std::filesystem::path& destination);

}  // namespace ibuild::builder
