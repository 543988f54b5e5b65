#include "builder/solve/run_mounts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "builder/cache/cache_export.h"
#include "builder/cache/shared_caches.h"
#include "layers/store/cache_contents.h"
#include "support/error.h"
#include "support/files.h"
#include "support/recorded_owner.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kScriptMode = 0755;

// The chosen file or directory, copied below `directory`; returns its place there.
std::string CopyOut(ChosenFiles& chosen, const fs::path& directory) {
  const TreeSelection& files = chosen.Files();
  const layers::LayeredTree nothing({});
  UpperWriter target(directory, nothing);
  const CopyAttributes as_they_are;
  TreeCopier copier(*files.tree, target, as_they_are);
  std::string place;
  for (const SelectedSource& source : files.sources) {
    if (source.IsDirectory()) {
      copier.CopyContents(source, CleanPath());
    } else {
      place = source.name;
      copier.CopyFile(source.root(), CleanPath().Child(source.name));
    }
  }
  target.Finish();
  return place;
}

layers::CacheSharing ToStore(CacheSharing sharing) {
  switch (sharing) {
    case CacheSharing::kShared:
      return layers::CacheSharing::kShared;
    case CacheSharing::kPrivate:
      return layers::CacheSharing::kPrivate;
    case CacheSharing::kLocked:
      return layers::CacheSharing::kLocked;
  }
  return layers::CacheSharing::kShared;
}

}  // namespace

ChosenFiles RunMounts::Choose(const FileInput& from, const std::string& source) const {
  return ChosenFiles(context_, from,
                     SourcePattern{.text = source, .parents = false, .exclude = {}});
}

std::vector<std::string> RunMounts::ContentKeys() {
  std::vector<std::string> keys;
  for (const RunMountOp& mount : op_.mounts) {
    const auto* bind = std::get_if<BindRunMount>(&mount.what);
    if (bind == nullptr) {
      keys.emplace_back();
      continue;
    }
    const auto chosen = bound_.emplace(bind, Choose(bind->from, bind->source)).first;
    keys.push_back(chosen->second.ContentKey());
  }
  return keys;
}

void RunMounts::KeepListings() {
  for (const RunMountOp& mount : op_.mounts) {
    const auto* bind = std::get_if<BindRunMount>(&mount.what);
    if (bind == nullptr || !std::holds_alternative<ContextInput>(bind->from)) continue;
    ChosenFiles chosen = Choose(bind->from, bind->source);
    chosen.Files();
    chosen.KeepListing();
  }
}

fs::path RunMounts::NewDirectory() {
  directories_.push_back(context_.ports.store.layer_directories().Stage());
  return directories_.back().upper();
}

// Files of a context are copied: what the step sees must be what its key says, owned by root and
// without what .dockerignore hides, whatever happens to the directory meanwhile.
OverlayMount RunMounts::ViewOf(const BindRunMount& mount) {
  OverlayMount view;
  view.writable = mount.writable;
  if (mount.writable) view.scratch = NewDirectory();
  if (const auto* input = std::get_if<VertexInput>(&mount.from)) {
    view.lowers = context_.files.DirectoriesOf(input->vertex);
    view.source = mount.source;
    if (view.lowers.empty()) view.lowers.push_back(NewDirectory());
    return view;
  }
  view.lowers.push_back(NewDirectory());
  view.source = CopyOut(bound_.at(&mount), view.lowers.back());
  return view;
}

// Volumes of the same id that began differently, in files, mode or owner, are different volumes.
std::string RunMounts::IdentityOf(const CacheRunMount& mount) const {
  const CacheRunMount plain;
  std::string origin = mount.id;
  if (mount.mode != plain.mode || mount.uid != plain.uid || mount.gid != plain.gid) {
    origin += fmt::format("\nmode {:o} owner {}:{}", mount.mode, mount.uid, mount.gid);
  }
  if (!mount.from) return origin;
  origin += fmt::format("\nfrom {}\n", Quote(mount.source));
  if (const auto* input = std::get_if<VertexInput>(&*mount.from)) {
    for (const oci::DiffId& layer : context_.files.LayersOf(input->vertex)) {
      origin += layer.ToString() + "\n";
    }
  } else {
    origin += "context " + std::get<ContextInput>(*mount.from).name;
  }
  return origin;
}

void RunMounts::SayNotBrought(const std::string& why) const {
  context_.ports.reporter.Log(LogLevel::kWarning,
                              "cache: a cache mount is not brought along: " + PrintableText(why));
}

// A new one begins as another machine left it.
bool RunMounts::FillFromCaches(const std::string& identity, const fs::path& directory,
                               const std::string& name) const {
  SharedCaches* shared = context_.ports.shared;
  if (shared == nullptr) return false;
  const auto origins = shared->MountsOf(oci::Digest::OfText(identity));
  if (origins.empty()) return false;
  try {
    ReceiveMounts(context_.ports.store, origins,
                  {.directory = directory, .name = name, .is_new = true}, context_.ports.reporter);
    return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    SayNotBrought(error.what());
  }
  for (const auto& entry : fs::directory_iterator(directory)) RemoveTree(entry.path());
  return false;
}

// One that is here gets what others have newer, unless a step is using it.
void RunMounts::BringNewer(const std::string& identity) const {
  SharedCaches* shared = context_.ports.shared;
  if (shared == nullptr) return;
  layers::Store& store = context_.ports.store;
  const oci::Digest name = oci::Digest::OfText(identity);
  auto origins = shared->MountsOf(name);
  std::erase_if(origins, [&](const MountOrigin& origin) { return WasSeen(store, origin); });
  if (origins.empty()) return;
  const std::string directory = layers::CacheMounts::NameOf(name);
  const auto held = layers::CacheMounts(store).TryTakeAlone(directory);
  if (!held) return;
  try {
    ReceiveMounts(store, origins, {.directory = held->directory, .name = directory},
                  context_.ports.reporter);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    SayNotBrought(error.what());
  }
}

layers::CacheMountRequest RunMounts::RequestFor(const CacheRunMount& mount) const {
  const std::string identity = IdentityOf(mount);
  const bool anew =
      !MayUseCache(context_.request, vertex_) && context_.renewed_volumes.IsFirst(identity);
  const auto fill = [this, &mount, identity, anew](const fs::path& directory,
                                                   const std::string& name) {
    ForgetSeen(context_.ports.store, name);
    if (!anew && FillFromCaches(identity, directory, name)) return;
    if (mount.from) {
      ChosenFiles chosen = Choose(*mount.from, mount.source);
      CopyOut(chosen, directory);
    }
    InContext("making a cache mount", [&] {
      const UniqueFd opened = OpenFile(directory, O_RDONLY | O_DIRECTORY);
      GiveOwner(opened.get(), {mount.uid, mount.gid});
      GiveMode(opened.get(), mount.mode);
    });
  };
  return {.identity = identity,
          .sharing = ToStore(mount.sharing),
          .fill = fill,
          .start = anew ? layers::CacheStart::kAnew : layers::CacheStart::kAsLeft};
}

void RunMounts::TakeVolumes(const std::stop_token& stop) {
  std::vector<layers::CacheMountRequest> requests;
  std::vector<std::string> ids;
  for (const RunMountOp& mount : op_.mounts) {
    const auto* cache = std::get_if<CacheRunMount>(&mount.what);
    if (cache == nullptr) continue;
    requests.push_back(RequestFor(*cache));
    ids.push_back(cache->id);
    if (requests.back().start == layers::CacheStart::kAsLeft) BringNewer(requests.back().identity);
  }
  if (requests.empty()) return;
  volumes_ = layers::CacheMounts(context_.ports.store).Acquire(requests, stop);
  for (std::size_t i = 0; i < volumes_.size(); ++i) {
    const std::string name = volumes_[i].directory.filename().native();
    context_.ports.store.WriteRecord(layers::MountNameKey(name), ids.at(i));
    if (context_.written != nullptr) {
      context_.written->AddMount({oci::Digest::OfText(requests[i].identity), ids[i]});
    }
  }
}

// One call per mount.
struct RunMounts::Adder {
  RunMounts& mounts;
  SandboxSpec& spec;
  const std::string& target;
  std::size_t& volume;  // the next of the cache mounts

  void operator()(const BindRunMount& mount) const {
    spec.mounts.push_back({.target = target, .what = mounts.ViewOf(mount)});
  }
  void operator()(const CacheRunMount& mount) const {
    spec.mounts.push_back({.target = target,
                           .what = BindMount{.source_root = mounts.volumes_.at(volume++).directory,
                                             .source = "",
                                             .read_only = mount.read_only}});
  }
  void operator()(const TmpfsRunMount& mount) const {
    spec.mounts.push_back({.target = target, .what = TmpfsMount{.size = mount.size}});
  }

  void operator()(const SecretRunMount& mount) const {
    auto secret = mounts.context_.secrets.Find(mount.id);
    if (!secret && !mount.required) {
      if (mount.env) spec.env.push_back(*mount.env + "=");  // set and empty, as in Docker
      return;
    }
    if (!secret) {
      throw Error(ErrorKind::kNotFound, fmt::format("secret {}: not found", mount.id))
          .WithHint(fmt::format("give it with --secret id={},src=FILE", mount.id));
    }
    if (mount.env) spec.env.push_back(*mount.env + "=" + secret->Reveal());
    if (!mount.has_file) return;
    spec.mounts.push_back({.target = target,
                           .what = MemoryFile{.content = *std::move(secret),
                                              .mode = mount.mode,
                                              .uid = mount.uid,
                                              .gid = mount.gid}});
  }

  void operator()(const SshRunMount& mount) const {
    const auto& agents = mounts.context_.request.ssh_agents;
    const auto agent = agents.find(mount.id);
    if (agent == agents.end()) {
      if (!mount.required) return;
      throw Error(ErrorKind::kNotFound, fmt::format("unset ssh forward key {}", mount.id))
          .WithHint(fmt::format("forward an agent with --ssh {}", mount.id));
    }
    const SocketOwner owner{.mode = mount.mode, .uid = mount.uid, .gid = mount.gid};
    mounts.agents_.emplace_back(agent->second, mounts.NewDirectory(), owner);
    spec.mounts.push_back(
        {.target = target, .what = SocketMount{.socket = mounts.agents_.back().socket()}});
  }
};

void RunMounts::AddTo(SandboxSpec& spec, std::stop_token stop) {
  TakeVolumes(stop);
  std::size_t volume = 0;
  for (const RunMountOp& mount : op_.mounts) {
    std::visit(Adder{*this, spec, mount.target, volume}, mount.what);
  }
  for (const InlineScript& script : op_.scripts) {
    spec.mounts.push_back(
        {.target = "/dev/pipes/" + script.name,
         .what = MemoryFile{
             .content = Secret(script.content), .mode = kScriptMode, .uid = 0, .gid = 0}});
  }
}

}  // namespace ibuild::builder
