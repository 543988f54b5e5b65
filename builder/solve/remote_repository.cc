#include "builder/solve/remote_repository.h"

#include <fmt/format.h>

#include <utility>

#include "builder/context/directory_tree.h"
#include "builder/git/git_checkout.h"
#include "builder/secrets/source_credentials.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::builder {

struct RemoteRepository::Checkout {
  explicit Checkout(const std::filesystem::path& parent) : directory(parent, "git-") {}

  TempDir directory;
  UnixTime time;
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
  url.commit_times = source.commit_times;
  url.fetch_by_commit = source.fetch_by_commit;
  return url;
}

GitAccess AccessOf(const RemoteAccess& access, const std::string& remote) {
  GitAccess git;
  if (const auto agent = access.request.ssh_agents.find("default");
      agent != access.request.ssh_agents.end()) {
    git.ssh_auth_sock = agent->second.string();
  }
  git.authorization = GitAuthorization(remote, access.secrets);
  return git;
}

}  // namespace

RemoteRepository::RemoteRepository(const RemoteAccess& access, const GitSource& source)
    : access_(access),
      source_(source),
      commit_(InContext("resolving " + WithoutCredentials(source.remote), [&] {
        return ResolveGitCommit(UrlOf(source), AccessOf(access, source.remote));
      })) {}

std::string RemoteRepository::ContentKey() const {
  return fmt::format("{} {} {} {} {}", commit_, Quote(source_.subdirectory), source_.keep_git_dir,
                     source_.submodules, source_.commit_times);
}

const TreeSelection& RemoteRepository::Files() {
  if (checkout_) return checkout_->files;
  auto checkout = std::make_shared<Checkout>(access_.ports.store.layout().ingest());
  checkout->time = InContext("fetching " + WithoutCredentials(source_.remote), [&] {
    return CheckOutGitCommit(UrlOf(source_), commit_, AccessOf(access_, source_.remote),
                             checkout->directory.path());
  });
  auto tree = std::make_shared<const DirectoryTree>(checkout->directory.path(), checkout->index);
  checkout->files.sources = SelectFiles(
      *tree, SourcePattern{.text = "/" + source_.subdirectory, .parents = false, .exclude = {}});
  checkout->files.tree = std::move(tree);
  checkout_ = std::move(checkout);
  return checkout_->files;
}

std::int64_t RemoteRepository::Time() {
  const std::string subject = "time of commit " + commit_;
  const auto known = access_.cache.FindDerived(subject);
  if (const auto seconds = known ? ParseUnsigned(*known) : std::nullopt) {
    return static_cast<std::int64_t>(*seconds);
  }
  Files();
  access_.cache.PutDerived(subject, std::to_string(checkout_->time.seconds));
  return checkout_->time.seconds;
}

}  // namespace ibuild::builder
