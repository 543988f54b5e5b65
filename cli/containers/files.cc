// cp, commit, container export, update: a container's files, and its limits.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "cli/containers/commands.h"
#include "cli/containers/each.h"
#include "cli/containers/export_container.h"
#include "cli/containers/open_engine.h"
#include "cli/exit_code.h"
#include "cli/image_names.h"
#include "cli/render/output.h"
#include "cli/staging_dir.h"
#include "cli/wiring.h"
#include "cli/working/derive.h"
#include "containers/engine/changes.h"
#include "containers/engine/commit.h"
#include "containers/engine/engine.h"
#include "containers/volumes/copy_tree.h"
#include "layers/apply/layer_applier.h"
#include "layers/archive/rootfs_export.h"
#include "support/byte_stream.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

namespace fs = std::filesystem;

using containers::Container;
using containers::Engine;
using layers::FileType;
using layers::LayeredTree;

struct Place {
  std::optional<std::string> container;
  std::string path;
};

// "NAME:PATH"; what has a slash before its colon is a path of this machine.
Place ParsePlace(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || text.find('/') < colon) {
    return {std::nullopt, text};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

// What the container sees; while it runs, with all that is mounted in it.
LayeredTree OpenTree(const Engine& engine, const Container& container) {
  if (containers::IsAlive(container.state.status)) {
    return LayeredTree({fs::path(fmt::format("/proc/{}/root", container.state.pid))});
  }
  return LayeredTree(containers::TreeOf(engine.store(), container, true));
}

containers::CopyTarget TargetIn(const Engine& engine, const Container& container) {
  if (containers::IsAlive(container.state.status)) {
    return {.root = fmt::format("/proc/{}/root", container.state.pid),
            .below = LayeredTree({}),
            .name = {}};
  }
  return {.root = container.files.upper(),
          .below = LayeredTree(containers::TreeOf(engine.store(), container, false)),
          .name = {}};
}

// The name that the copy gets: below a directory that is there the source's own.
CleanPath Destination(const LayeredTree& tree, const std::string& path,
                      const layers::TreeNode& source, bool contents) {
  const CleanPath wanted = tree.Resolve(CleanPath::Parse(path));
  const auto there = tree.Find(wanted);
  if (there && there->meta.type == FileType::kDirectory) {
    return contents || source.path.IsRoot() ? wanted : wanted.Child(source.path.Name());
  }
  if (there && source.meta.type == FileType::kDirectory) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("cannot copy a directory to the file {}", PrintableText(path)));
  }
  const auto parent = tree.Find(wanted.Parent());
  if ((!parent && !wanted.Parent().IsRoot()) || (path.ends_with('/') && !there)) {
    throw Error(ErrorKind::kNotFound, fmt::format("no such directory: {}", PrintableText(path)))
        .WithHint("the directory that a copy goes to must be there");
  }
  return wanted;
}

layers::TreeNode FindSource(const LayeredTree& tree, const CleanPath& path,
                            const std::string& shown) {
  if (auto node = tree.Find(tree.Resolve(path, false))) return std::move(*node);
  throw Error(ErrorKind::kNotFound,
              fmt::format("Could not find the file {}", PrintableText(shown)));
}

bool MeansContents(const std::string& path) { return path == "." || path.ends_with("/."); }

class CpCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--archive", "Keep owners", archive_);
    options.Switch("-L,--follow-link", "Copy what a link means", follow_);
    options.Switch("-q,--quiet", "Accepted", quiet_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    const Place from = ParsePlace(operands[0]);
    const Place to = ParsePlace(operands[1]);
    if (from.container.has_value() == to.container.has_value()) {
      throw Error(ErrorKind::kUsage, from.container ? "copying between containers is not supported"
                                                    : "must specify at least one container source")
          .WithHint("write it like `ibuild cp NAME:/there here` or `ibuild cp here NAME:/there`");
    }
    const Container container = engine.containers().Find(*(from.container ? from : to).container);
    { const FileLock entered = engine.EnterUserNamespace(); }
    if (from.container && to.path == "-") {
      CopyOutAsTar(engine, container, from.path);
    } else if (to.container && from.path == "-") {
      CopyInFromTar(engine, container, to.path);
    } else if (from.container) {
      CopyOut(engine, container, from.path, to.path);
    } else {
      CopyIn(engine, container, from.path, to.path);
    }
    return kExitOk;
  }

 private:
  containers::CopyOwner Owner() const {
    return archive_ ? containers::CopyOwner::kSame : containers::CopyOwner::kRoot;
  }

  void CopyOut(const Engine& engine, const Container& container, const std::string& path,
               const std::string& target) const {
    const LayeredTree tree = OpenTree(engine, container);
    const layers::TreeNode node = FindSource(
        tree, follow_ ? tree.Resolve(CleanPath::Parse(path)) : CleanPath::Parse(path), path);
    const LayeredTree machine({fs::path("/")});
    const std::string absolute = fs::absolute(target).native();
    const CleanPath place = Destination(machine, absolute, node, MeansContents(path));
    containers::CopyNode(tree, node, {.root = "/", .below = LayeredTree({}), .name = place.text()},
                         Owner());
  }

  // The name keeps the tar's entries below it.
  void CopyOutAsTar(const Engine& engine, const Container& container,
                    const std::string& path) const {
    const LayeredTree tree = OpenTree(engine, container);
    const CleanPath wanted = CleanPath::Parse(path);
    const layers::TreeNode node = FindSource(tree, follow_ ? tree.Resolve(wanted) : wanted, path);
    const StagingDir staging(engine.store());
    const std::string name = wanted.IsRoot() ? "" : std::string(wanted.Name());
    containers::CopyNode(tree, node,
                         {.root = staging.path(), .below = LayeredTree({}), .name = name},
                         containers::CopyOwner::kSame);
    FdSink sink{UniqueFd(dup(STDOUT_FILENO))};
    layers::WriteTreeTar(LayeredTree({staging.path()}), sink);
    sink.Finish();
  }

  void CopyInFromTar(const Engine& engine, const Container& container,
                     const std::string& target) const {
    const StagingDir staging(engine.store());
    FdSource input{UniqueFd(dup(STDIN_FILENO))};
    layers::ApplyLayer(input, staging.path(), LayeredTree({}));
    const LayeredTree files({staging.path()});
    containers::CopyTarget place = TargetIn(engine, container);
    const LayeredTree tree = OpenTree(engine, container);
    const CleanPath directory = tree.Resolve(CleanPath::Parse(target));
    const auto there = tree.Find(directory);
    if (!directory.IsRoot() && (!there || there->meta.type != FileType::kDirectory)) {
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("destination {}:{} must be a directory", container.config.name,
                              PrintableText(target)));
    }
    for (const layers::TreeNode& node : files.List(CleanPath())) {
      const CleanPath to = directory.Child(node.path.Name());
      place.name = to.text();
      containers::CopyNode(files, node, place, containers::CopyOwner::kSame);
    }
  }

  void CopyIn(const Engine& engine, const Container& container, const std::string& path,
              const std::string& target) const {
    const LayeredTree machine({fs::path("/")});
    const CleanPath source = CleanPath::Parse(fs::absolute(path).native());
    const layers::TreeNode node =
        FindSource(machine, follow_ ? machine.Resolve(source) : source, path);
    containers::CopyTarget place = TargetIn(engine, container);
    const LayeredTree tree = OpenTree(engine, container);
    place.name = Destination(tree, target, node, MeansContents(path)).text();
    containers::CopyNode(machine, node, place, Owner());
  }

  bool archive_ = false;
  bool follow_ = false;
  bool quiet_ = false;
};

// A running container stands still as long as this lives, and goes on however that ends.
class StandStill {
 public:
  StandStill(const Engine& engine, Container* container) : engine_(engine), container_(*container) {
    if (container_.state.status != containers::Status::kRunning) return;
    engine_.Pause(&container_);
    paused_ = true;
  }
  StandStill(const StandStill&) = delete;
  StandStill& operator=(const StandStill&) = delete;
  ~StandStill() {
    try {
      if (paused_) engine_.Unpause(&container_);
    } catch (const Error&) {  // it was ended meanwhile
    }
  }

 private:
  const Engine& engine_;
  Container& container_;
  bool paused_ = false;
};

// Or goes on only where a line says so: what comes after another end is another instruction.
bool IsOneLine(std::string_view text) {
  for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) {
    if (!Trim(text.substr(0, at)).ends_with('\\')) return false;
  }
  return true;
}

// Those that change what the image says, and run nothing.
void CheckChanges(const std::vector<std::string>& changes) {
  static const std::set<std::string> kKnown = {"CMD",         "ENTRYPOINT", "ENV",     "EXPOSE",
                                               "HEALTHCHECK", "LABEL",      "ONBUILD", "STOPSIGNAL",
                                               "USER",        "VOLUME",     "WORKDIR"};
  for (const std::string& change : changes) {
    const std::string text(Trim(change));
    const std::string word = ToUpper(text.substr(0, text.find_first_of(" \t\n")));
    if (kKnown.contains(word) && IsOneLine(text)) continue;
    throw Error(ErrorKind::kUsage, fmt::format("{} is not a valid change command", Quote(text)))
        .WithHint(
            "CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, "
            "VOLUME and WORKDIR are");
  }
}

class CommitCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-a,--author", "TEXT", "Who made it", author_);
    options.Value("-m,--message", "TEXT", "What for", message_);
    options.Each("-c,--change", "INSTRUCTION", "Apply CMD, ENV, … of a Dockerfile; repeat",
                 changes_);
    options.Switch("-p,--pause", "Pause it meanwhile (default: true)", pause_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    CheckChanges(changes_);
    std::optional<oci::Reference> name;
    if (operands.size() > 1) name = NameToGive(wiring.settings(), operands[1]);
    const Engine engine = OpenEngine(wiring);
    wiring.settings().progress = "quiet";
    Container container = engine.containers().Find(operands[0]);
    { const FileLock entered = engine.EnterUserNamespace(); }
    oci::Descriptor image = Commit(engine, &container);
    if (!changes_.empty()) {
      image = Derive(wiring, {.base = image, .instructions = Join(changes_, "\n") + "\n"});
    }
    if (name) {
      engine.store().names().Set({{*name, image}});
    } else {
      engine.store().names().Keep(image);
    }
    WriteStandardOutput(layers::ImageId(engine.store(), image).ToString() + "\n");
    return kExitOk;
  }

 private:
  oci::Descriptor Commit(const Engine& engine, Container* container) const {
    std::optional<StandStill> still;
    if (pause_) still.emplace(engine, container);
    return containers::CommitContainer(engine.store(), *container,
                                       {.author = author_, .message = message_});
  }

  std::string author_;
  std::string message_;
  std::vector<std::string> changes_;
  bool pause_ = true;
};

class ContainerExportCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-o,--output", "FILE", "Write FILE (default: standard output)", output_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    ExportContainer(engine, engine.containers().Find(operands[0]), output_);
    return kExitOk;
  }

 private:
  std::string output_ = "-";
};

}  // namespace

std::unique_ptr<Command> MakeCp() { return std::make_unique<CpCommand>(); }
std::unique_ptr<Command> MakeCommit() { return std::make_unique<CommitCommand>(); }
std::unique_ptr<Command> MakeContainerExport() {
  return std::make_unique<ContainerExportCommand>();
}

}  // namespace ibuild::cli
