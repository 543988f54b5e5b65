// copy: an image from anywhere to anywhere.
#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/compression.h"
#include "cli/exit_code.h"
#include "cli/progress_options.h"
#include "cli/remote/copy_image.h"
#include "cli/remote/default_platform.h"
#include "cli/remote/two_sides.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "registry/client/manifests.h"
#include "registry/client/tags.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class CopyCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("--platform", "OS/ARCH", "Only the image of this platform",
                   [this](const std::string& text) {
                     if (text != "all") choice_.platform = oci::Platform::Parse(text);
                   });
    options.Switch("-a,--all", "All images of an index (as without --platform)", choice_.all);
    options.Choice("--multi-arch", {"system", "all", "index-only"},
                   "Of an index: this machine's image, or all", multi_arch_);
    options.Switch("--all-tags", "Every tag of the repository", all_tags_);
    options.Switch("--no-clobber", "Leave tags alone that the target has", no_clobber_);
    options.Switch("--referrers", "Also what refers to the image: signatures and the like",
                   choice_.referrers);
    options.Each("--additional-tag", "NAME", "A further name, of the same repository",
                 choice_.more_names);
    options.Custom("--format", "oci|docker", "Convert to these media types (the digest changes)",
                   [this](const std::string& text) {
                     // skopeo calls Docker's types v2s2.
                     choice_.convert.types = ParseTypeFamily(text == "v2s2" ? "docker" : text);
                   });
    options.Custom("--compression-level", "N", "gzip 0 to 12, zstd 1 to 22",
                   [this](const std::string& text) {
                     choice_.convert.compression.level = ParseCompressionLevel(text);
                   });
    options.Custom("--compression", "gzip|zstd|uncompressed",
                   "Compress layers anew (the digest changes)", [this](const std::string& text) {
                     choice_.convert.compression.compression = ParseCompression(text);
                     choice_.convert.force_compression = true;
                   });
    options.Value("--digestfile", "FILE", "Write the digest to FILE", digest_file_);
    progress_.Declare(options);
    sides_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    sides_.Open(wiring);
    const ImageLocation from = ImageLocation::Parse(operands[0]);
    const ImageLocation to = ImageLocation::Parse(operands[1]);
    const bool skopeo = wiring.settings().tool == ToolKind::kSkopeo;
    ChoosePlatform(wiring.settings(), skopeo);
    std::string digests;
    if (all_tags_) {
      digests = CopyTags(wiring, from, to);
    } else if (const auto digest = CopyOne(wiring, from, to)) {
      digests = digest->ToString() + "\n";
    }
    wiring.FinishReporting();
    if (digest_file_) WriteFileAtomically(*digest_file_, Trim(digests));
    if (wiring.settings().tool == ToolKind::kIbuild) WriteStandardOutput(digests);
    return kExitOk;
  }

 private:
  // skopeo takes one image of an index unless told otherwise, the others all of them.
  void ChoosePlatform(const Settings& settings, bool skopeo) {
    if (multi_arch_ == "index-only") {
      throw Error(ErrorKind::kUnsupported, "an index is not copied without its images")
          .WithHint("`--multi-arch all` copies them, too");
    }
    if (multi_arch_ == "all") choice_.all = true;
    if (choice_.all || choice_.platform) return;
    const bool crane = settings.tool == ToolKind::kCrane && settings.default_platform;
    if (skopeo || crane || multi_arch_ == "system") {
      choice_.platform = DefaultPlatform(settings);
    }
  }

  std::optional<oci::Digest> CopyOne(Wiring& wiring, const ImageLocation& from,
                                     const ImageLocation& to) {
    if (no_clobber_ && IsThere(to)) {
      wiring.reporter().Log(LogLevel::kInfo, to.ToString() + " is there already");
      return std::nullopt;
    }
    return CopyImageTo(wiring, sides_.source(), sides_.target(), from, to, choice_);
  }

  bool IsThere(const ImageLocation& to) {
    if (to.kind != PlaceKind::kRegistry) return false;
    const oci::Reference name = to.Name();
    const auto access = sides_.target().Open(name.repository(), registry::Access::kPull);
    return registry::ManifestClient(access).Head(name.Selector()).presence ==
           registry::Presence::kPresent;
  }

  std::string CopyTags(Wiring& wiring, const ImageLocation& from, const ImageLocation& to) {
    if (from.kind != PlaceKind::kRegistry || to.kind != PlaceKind::kRegistry) {
      throw Error(ErrorKind::kUsage, "--all-tags copies from registry to registry");
    }
    const oci::Reference source = from.Name();
    const oci::Reference target = to.Name();
    const auto access = sides_.source().Open(source.repository(), registry::Access::kPull);
    std::string digests;
    for (const std::string& tag : registry::ListTags(access)) {
      const auto digest =
          CopyOne(wiring, {PlaceKind::kRegistry, {}, source.WithTag(tag).ToString()},
                  {PlaceKind::kRegistry, {}, target.WithTag(tag).ToString()});
      if (digest) digests += fmt::format("{} {}\n", digest->ToString(), tag);
    }
    return digests;
  }

  CopyChoice choice_;
  std::string multi_arch_;
  bool all_tags_ = false;
  bool no_clobber_ = false;
  std::optional<std::string> digest_file_;
  ProgressOptions progress_;
  TwoSides sides_;
};

}  // namespace

std::unique_ptr<Command> MakeCopy() { return std::make_unique<CopyCommand>(); }

}  // namespace ibuild::cli
