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

GitAccess AccessOf(const SolveContext& context, const std::string& remote) {
  GitAccess access;
  if (const auto agent = context.request.ssh_agents.find("default");
      agent != context.request.ssh_agents.end()) {
    access.ssh_auth_sock = agent->second.string();
  }
  access.authorization = GitAuthorization(remote, context.secrets);
  return access;
}

}  // namespace

RemoteRepository::RemoteRepository(const SolveContext& context, const GitSource& source)
    : context_(context),
      source_(source),
      commit_(InContext("resolving " + WithoutCredentials(source.remote), [&] {
        return ResolveGitCommit(UrlOf(source), AccessOf(context, source.remote));
      })) {}

std::string RemoteRepository::ContentKey() const {
  return fmt::format("{} {} {} {}", commit_, Quote(source_.subdirectory), source_.keep_git_dir,
                     source_.submodules);
}

const TreeSelection& RemoteRepository::Files() {
  if (checkout_) return checkout_->files;
  auto checkout = std::make_shared<Checkout>(context_.ports.store.layout().ingest());
  InContext("fetching " + WithoutCredentials(source_.remote), [&] {
    CheckOutGitCommit(UrlOf(source_), commit_, AccessOf(context_, source_.remote),
                      checkout->directory.path());
  });
  auto tree = std::make_shared<const DirectoryTree>(checkout->directory.path(), checkout->index);
  checkout->files.sources = SelectFiles(
      *tree, SourcePattern{.text = "/" + source_.subdirectory, .parents = false, .exclude = {}});
  checkout->files.tree = std::move(tree);
  checkout_ = std::move(checkout);
  return checkout_->files;
}

}  // namespace ibuild::builder
