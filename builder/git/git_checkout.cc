#include "builder/git/git_checkout.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <vector>

#include "support/base64.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/files.h"
#include "support/process.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::chrono::minutes kTimeout{30};

// What a credential is good for: this repository, so that no submodule elsewhere gets it. A token
// of GitHub is good for the user's repositories there, and submodules of private ones are private
// too.
std::string ScopeOf(const std::string& remote) {
  static constexpr std::string_view kGithub = "https://github.com/";
  return remote.starts_with(kGithub) ? std::string(kGithub) : remote;
}

// What the address itself says goes before what the build knows.
Secret AuthorizationFor(const GitUrl& url, const GitAccess& access) {
  const Secret own = CredentialsIn(url.remote);
  return own.empty() ? access.authorization : Secret("Basic " + EncodeBase64(own.Reveal()));
}

std::vector<std::string> GitEnvironment(const GitAccess& access) {
  std::vector<std::string> environment = {
      "GIT_TERMINAL_PROMPT=0",
      "GIT_CONFIG_NOSYSTEM=1",
      "GIT_ASKPASS=/bin/false",
      "LC_ALL=C",
      "HOME=/nonexistent",
      "GIT_ALLOW_PROTOCOL=git:http:https:ssh",
      "GIT_SSH_COMMAND=ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new",
      "PATH=" + GetEnvironment("PATH").value_or("/usr/bin:/bin")};
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"}) {
    if (const auto value = GetEnvironment(name)) environment.push_back(name + ("=" + *value));
  }
  if (access.ssh_auth_sock) environment.push_back("SSH_AUTH_SOCK=" + *access.ssh_auth_sock);
  return environment;
}

// As a value or a section's name in a configuration of git (git-config(1), "Syntax").
std::string ConfigQuote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\n') {
      quoted += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '"';
}

// A configuration with the credentials, empty without any: git reads it as a file, so that they are
// in no argument and no environment.
Secret GitConfiguration(const GitUrl& url, const GitAccess& access) {
  const Secret authorization = AuthorizationFor(url, access);
  if (authorization.empty()) return {};
  // git would send its extra headers on to wherever the first answer points.
  return Secret(fmt::format("[http]\n\tfollowRedirects = false\n[http {}]\n\textraHeader = {}\n",
                            ConfigQuote(ScopeOf(WithoutCredentials(url.remote))),
                            ConfigQuote("Authorization: " + authorization.Reveal())));
}

class Git {
 public:
  Git(const GitUrl& url, const GitAccess& access)
      : environment_(GitEnvironment(access)), configuration_(GitConfiguration(url, access)) {
    const char* file = configuration_.empty() ? "/dev/null" : "/proc/self/fd/3";
    environment_.push_back(fmt::format("GIT_CONFIG_GLOBAL={}", file));
  }

  void SetDirectory(const std::filesystem::path& directory) { directory_ = directory.string(); }

  ProcessResult Try(std::vector<std::string> arguments) const {
    ProcessSpec spec;
    spec.argv = {"git"};
    spec.argv.insert(spec.argv.end(), std::make_move_iterator(arguments.begin()),
                     std::make_move_iterator(arguments.end()));
    spec.environment = environment_;
    spec.attachment = configuration_.Reveal();
    spec.directory = directory_;
    spec.output_limit = 16u << 20;
    spec.timeout = kTimeout;
    try {
      return RunProcess(spec);
    } catch (Error& error) {
      if (error.kind() == ErrorKind::kNotFound) error.AddHint("install git to use Git sources");
      throw;
    }
  }

  std::string Run(const std::vector<std::string>& arguments) const {
    ProcessResult result = Try(arguments);
    if (!result.status.Success()) {
      throw Error(ErrorKind::kUnavailable, fmt::format("git {} failed: {}", arguments.front(),
                                                       PrintableText(Trim(result.errors))))
          .WithHint("check the address, the ref and the credentials");
    }
    return std::move(result.output);
  }

 private:
  std::vector<std::string> environment_;
  Secret configuration_;
  std::string directory_;
};

struct RemoteRef {
  std::string commit;
  std::string name;
};

std::vector<RemoteRef> ParseRemoteRefs(std::string_view text) {
  std::vector<RemoteRef> refs;
  for (const std::string_view line : Split(text, '\n')) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos || !IsCommitId(line.substr(0, tab))) continue;
    refs.push_back({std::string(line.substr(0, tab)), std::string(line.substr(tab + 1))});
  }
  return refs;
}

// An annotated tag is listed twice: its own object, and with "^{}" the commit it points at.
std::string CommitOfRef(const std::vector<RemoteRef>& refs, const std::string& wanted) {
  const std::vector<std::string> candidates =
      wanted.empty()
          ? std::vector<std::string>{"HEAD"}
          : std::vector<std::string>{wanted, "refs/tags/" + wanted, "refs/heads/" + wanted};
  for (const std::string& candidate : candidates) {
    for (const std::string& name : {candidate + "^{}", candidate}) {
      const auto found = std::find_if(refs.begin(), refs.end(),
                                      [&](const RemoteRef& ref) { return ref.name == name; });
      if (found != refs.end()) return found->commit;
    }
  }
  return {};
}

void CheckCommit(const GitUrl& url, const std::string& commit) {
  if (!url.checksum || commit.starts_with(*url.checksum)) return;
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("checksum mismatch {} != {}", Quote(*url.checksum), Quote(commit)))
      .WithHint("the ref has moved since the checksum was written down");
}

UnixTime ReadTime(std::string_view seconds) {
  const auto number = ParseUnsigned(Trim(seconds));
  if (!number) throw Error(ErrorKind::kCorrupt, "git does not tell the commit's time");
  return {.seconds = static_cast<std::int64_t>(*number), .nanoseconds = 0};
}

// Of everything in the directory and of itself.
void SetTimes(const std::filesystem::path& directory, UnixTime time) {
  const std::array<timespec, 2> times = {timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                                         timespec{.tv_sec = time.seconds, .tv_nsec = 0}};
  const auto set = [&](const std::filesystem::path& path) {
    if (::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
      ThrowErrno("set the time of " + path.native());
    }
  };
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    set(entry.path());
  }
  set(directory);
}

}  // namespace

std::string ResolveGitCommit(const GitUrl& url, const GitAccess& access) {
  if (url.fetch_by_commit) return *url.checksum;
  if (IsCommitId(url.ref)) {
    CheckCommit(url, url.ref);
    return url.ref;
  }
  const Git git(url, access);
  const auto refs = ParseRemoteRefs(git.Run({"ls-remote", "--", WithoutCredentials(url.remote)}));
  const std::string commit = CommitOfRef(refs, url.ref);
  if (commit.empty()) {
    throw Error(ErrorKind::kNotFound, fmt::format("repository does not contain ref {}",
                                                  url.ref.empty() ? "HEAD" : url.ref));
  }
  CheckCommit(url, commit);
  return commit;
}

UnixTime CheckOutGitCommit(const GitUrl& url, const std::string& commit, const GitAccess& access,
                           const std::filesystem::path& destination) {
  Git git(url, access);
  git.SetDirectory(destination);
  std::vector<std::string> init = {"init", "--quiet", "--template="};
  if (commit.size() == kSha256Digits) init.emplace_back("--object-format=sha256");
  git.Run(init);
  git.Run({"remote", "add", "origin", WithoutCredentials(url.remote)});
  // Many servers give out single commits only when a ref points at them; else fetch everything.
  const bool shallow =
      git.Try({"fetch", "--quiet", "--depth=1", "--no-tags", "origin", commit}).status.Success();
  if (!shallow) git.Run({"fetch", "--quiet", "--tags", "origin", "+refs/*:refs/remotes/origin/*"});
  git.Run({"-c", "advice.detachedHead=false", "checkout", "--quiet", "--force", commit, "--"});
  if (url.submodules) {
    git.Run({"submodule", "--quiet", "update", "--init", "--recursive", "--depth=1"});
  }
  const UnixTime time = ReadTime(git.Run({"show", "--no-patch", "--format=%ct", commit, "--"}));
  // What submodules have in place of a folder of their own stays, as in Docker.
  if (!url.keep_git_dir) RemoveTree(destination / ".git");
  if (url.commit_times) SetTimes(destination, time);
  return time;
}

}  // namespace ibuild::builder
