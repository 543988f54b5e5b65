// Other tools' words for what our verbs do in other words: export, pull, push, import, tag.
#include <filesystem>

#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/remote/copy_image.h"
#include "cli/remote/default_platform.h"
#include "cli/remote/open_image.h"
#include "cli/render/output.h"
#include "cli/result_file.h"
#include "cli/wiring.h"
#include "layers/archive/rootfs_export.h"
#include "layers/snapshot/unpack_image.h"
#include "layers/store/store.h"
#include "registry/client/registry_client.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::cli {
namespace {

class CraneCommand : public Command {
 public:
  void Declare(OptionSet& options) override {
    DeclareMore(options);
    options.Custom("--platform", "OS/ARCH", "Of the image for this platform",
                   [this](const std::string& text) {
                     if (text != "all") platform_ = oci::Platform::Parse(text);
                   });
    progress_.Declare(options);
    registry_.Declare(options);
  }
  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    if (!platform_) platform_ = PersistentPlatform(wiring.settings());
    Work(wiring, operands);
    return kExitOk;
  }

 protected:
  virtual void DeclareMore(OptionSet&) {}
  virtual void Work(Wiring& wiring, const std::vector<std::string>& operands) = 0;

  oci::Digest Copy(Wiring& wiring, const ImageLocation& from, const ImageLocation& to,
                   CopyChoice choice) const {
    choice.platform = platform_;
    return CopyImageTo(wiring, wiring.registry(), wiring.registry(), from, to, choice);
  }

  std::optional<oci::Platform> platform_;

 private:
  ProgressOptions progress_;
  RegistryOptions registry_;
};

// The files of an image, flattened, as a tar.
class RemoteExportCommand final : public CraneCommand {
  void Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    const OpenedImage image =
        OpenImage(wiring, wiring.registry(), ImageLocation::Parse(operands[0]));
    const ReadImageParts one = ReadOneImage(*image.blobs, image.root,
                                            platform_.value_or(DefaultPlatform(wiring.settings())));
    ResultFile file(operands.size() > 1 ? operands[1] : "-");
    layers::Store& store = wiring.store();
    KeepInStore(wiring, *image.blobs, one.descriptor);
    wiring.BecomeRoot();
    layers::UnpackImage(store, one.manifest, one.config, wiring.reporter());
    layers::WriteRootfsTar(store, {{.layers = one.config.diff_ids}}, file.sink());
    file.Commit();
  }
};

class CranePullCommand final : public CraneCommand {
  void DeclareMore(OptionSet& options) override {
    options.Choice("--format", {"tarball", "legacy", "oci"}, "What is written", format_);
    options.Switch("--annotate-ref", "Name the images in a layout, which is always so", annotate_);
    options.Value("-c,--cache_path", "DIR", "Not used: the store keeps what it fetched", cache_);
  }

  void Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    for (std::size_t i = 0; i + 1 < operands.size(); ++i) {
      const ImageLocation from = ImageLocation::Parse(operands[i]);
      const PlaceKind kind = format_ == "oci" ? PlaceKind::kOciLayout : PlaceKind::kDockerArchive;
      Copy(wiring, from, {kind, operands.back(), {}}, {});
    }
  }

  std::string format_ = "tarball";
  bool annotate_ = true;
  std::string cache_;
};

class PushFileCommand final : public CraneCommand {
 public:
  // Which operand is the file, and which the name.
  explicit PushFileCommand(std::size_t file) : file_(file) {}

 private:
  void DeclareMore(OptionSet& options) override {
    options.Switch("--index", "Push all that a layout holds, which is always so", index_);
    options.Value("--image-refs", "FILE", "Write NAME@DIGEST to FILE", refs_);
  }

  void Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    const std::string& file = operands[file_];
    const bool layout = std::filesystem::is_directory(file);
    const ImageLocation from{layout ? PlaceKind::kOciLayout : PlaceKind::kDockerArchive, file, {}};
    const ImageLocation to = ImageLocation::Parse(operands[1 - file_]);
    const std::string name =
        to.Name().repository().ToString() + "@" + Copy(wiring, from, to, {}).ToString() + "\n";
    if (refs_) WriteFileAtomically(*refs_, name);
    WriteStandardOutput(name);
  }

  std::size_t file_;
  bool index_ = true;
  std::optional<std::string> refs_;
};

// tag NAME TAG: another tag in the registry for what the name means there.
class RetagCommand final : public CraneCommand {
  void Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    const ImageLocation from = ImageLocation::Parse(operands[0]);
    for (auto tag = operands.begin() + 1; tag != operands.end(); ++tag) {
      const oci::Reference to = from.Name().WithTag(*tag);
      Copy(wiring, from, {PlaceKind::kRegistry, {}, to.ToString()}, {});
    }
  }
};

}  // namespace

std::unique_ptr<Command> MakeRemoteExport() { return std::make_unique<RemoteExportCommand>(); }
std::unique_ptr<Command> MakeCranePull() { return std::make_unique<CranePullCommand>(); }
std::unique_ptr<Command> MakeCranePush() { return std::make_unique<PushFileCommand>(0U); }
std::unique_ptr<Command> MakeImportTo() { return std::make_unique<PushFileCommand>(1U); }
std::unique_ptr<Command> MakeRetag() { return std::make_unique<RetagCommand>(); }

}  // namespace ibuild::cli
