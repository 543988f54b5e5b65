#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/building/run_build.h"
#include "cli/commands/all.h"
#include "cli/compression.h"
#include "cli/exit_code.h"
#include "cli/push_image.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

namespace fs = std::filesystem;

// Little files for scripts.
struct DigestFiles {
  std::optional<std::string> digest;
  std::optional<std::string> name;  // REPOSITORY@DIGEST
  std::optional<std::string> tag;   // REPOSITORY:TAG@DIGEST
};

// kaniko's executor: a build that pushes to every destination.
class KanikoCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    build_.Declare(options);
    options.Value("-c,--context", "CONTEXT", "dir://, tar:// or git:// and its place", context_);
    options.Value("--context-sub-path", "DIR", "The context is this part of it", sub_path_);
    options.Custom("-d,--destination", "NAME[:TAG]", "Where to push; repeat",
                   [this](const std::string& text) {
                     oci::Reference::Parse(text);
                     destinations_.push_back(text);
                   });
    options.Switch("--no-push", "Only build", no_push_);
    options.Custom("--compression", "gzip|zstd", "Of the layers", [this](const std::string& text) {
      form_.compression.compression = ParseCompression(text);
    });
    options.Custom("--compression-level", "N", "gzip 0 to 12, zstd 1 to 22; -1: as usual",
                   [this](const std::string& text) {
                     if (text != "-1") form_.compression.level = ParseCompressionLevel(text);
                   });
    options.Value("--cache-repo", "NAME", "With --cache: where steps are shared, NAME or oci:DIR",
                  cache_place_);
    options.Switch("--cache", "Share steps in --cache-repo, else beside the first destination",
                   shares_cache_);
    options.Switch("--no-push-cache", "Only read it", keeps_cache_);
    options.Value("--tar-path", "FILE", "Write the image for `docker load`", tar_path_);
    options.Value("--oci-layout-path", "DIR", "Write the image as an OCI layout", layout_path_);
    options.Value("--digest-file", "FILE", "Write the digest", files_.digest);
    options.Value("--image-name-with-digest-file", "FILE", "Write the name with the digest",
                  files_.name);
    options.Value("--image-name-tag-with-digest-file", "FILE",
                  "Write the name and tag with the digest", files_.tag);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    if (destinations_.empty() && !no_push_) {
      throw Error(ErrorKind::kUsage, "there is no destination")
          .WithHint("add `--destination NAME:TAG`, or `--no-push`");
    }
    const std::string location = Location();
    for (const std::string& name : destinations_) build_.AddTag(name);
    AddCache();
    if (tar_path_) AddOutput(OutputType::kDocker, *tar_path_, true);
    if (layout_path_) AddOutput(OutputType::kOci, *layout_path_, false);
    // The last one, whose digest is told.
    if (!no_push_) AddOutput(OutputType::kRegistry, {}, true);
    build_.file = Dockerfile(location);
    const BuildOutcome outcome = RunBuild(wiring, build_, location);
    if (outcome.root) WriteFiles(wiring, *outcome.root);
    return outcome.exit_code;
  }

 private:
  std::string Location() const {
    const auto part = [&](const std::string& directory) {
      return sub_path_.empty() ? directory : (fs::path(directory) / sub_path_).native();
    };
    if (context_.starts_with("dir://")) return part(context_.substr(6));
    if (context_.starts_with("tar://")) return FromTar(context_.substr(6));
    if (context_.starts_with("git://")) return FromGit("https://" + context_.substr(6));
    for (const std::string_view cloud : {"s3://", "gs://"}) {
      if (!context_.starts_with(cloud)) continue;
      throw Error(ErrorKind::kUnsupported, fmt::format("contexts are not fetched from {}", cloud))
          .WithHint("fetch it with the cloud's tool, and give it as tar://FILE");
    }
    return context_.find("://") != std::string::npos ? context_ : part(context_);
  }

  // The build reads a tar from standard input.
  static std::string FromTar(const std::string& path) {
    if (path == "stdin") return "-";
    const UniqueFd file = OpenFile(path, O_RDONLY);
    if (::dup2(file.get(), STDIN_FILENO) < 0) ThrowErrno("read " + path);
    return "-";
  }

  std::string FromGit(const std::string& url) const {
    std::string location = url;
    if (!url.substr(0, url.find('#')).ends_with(".git")) {
      location.insert(std::min(url.find('#'), url.size()), ".git");
    }
    if (sub_path_.empty()) return location;
    return location + (location.find('#') == std::string::npos ? "#:" : ":") + sub_path_;
  }

  // Here, else in the context, as kaniko looks for it.
  std::optional<std::string> Dockerfile(const std::string& location) const {
    if (!build_.file) return std::nullopt;
    std::error_code ignored;
    if (fs::exists(*build_.file, ignored) || !fs::is_directory(location, ignored)) {
      return build_.file;
    }
    return (fs::path(location) / *build_.file).native();
  }

  void AddOutput(OutputType type, const std::string& path, bool archive) {
    OutputSpec output;
    output.type = type;
    output.destination = path;
    output.archive = archive;
    output.push = type == OutputType::kRegistry;
    output.options = form_;
    if (type == OutputType::kDocker) {
      output.options.types = oci::TypeFamily::kDocker;
      output.options.compression = {};  // `docker load` reads gzip
    }
    build_.outputs.push_back(std::move(output));
  }

  // As kaniko: beside the first destination, where none is said.
  std::string CachePlace() const {
    if (!cache_place_.empty() || destinations_.empty() || no_push_) return cache_place_;
    return oci::Reference::Parse(destinations_.front()).repository().ToString() + "/cache";
  }

  void AddCache() {
    const std::string said = CachePlace();
    if (!shares_cache_ || said.empty()) return;
    constexpr std::string_view kLayout = "oci:";
    const bool local = said.starts_with(kLayout);
    const std::string place = local ? said.substr(kLayout.size()) : said;
    if (!local) oci::Reference::Parse(place);
    CacheSpec cache{.type = local ? CacheType::kLocal : CacheType::kRegistry,
                    .values = {{"mode", "max"}, {local ? "src" : "ref", place}},
                    .trust = {},
                    .notes = {}};
    build_.cache_from.push_back(cache);
    if (local) cache.values["dest"] = place;
    if (!keeps_cache_) build_.cache_to.push_back(std::move(cache));
  }

  void WriteFiles(Wiring& wiring, const oci::Descriptor& root) const {
    if (!files_.digest && !files_.name && !files_.tag) return;
    const oci::Descriptor shipped =
        layers::MakeExportable(wiring.store(), root, form_, wiring.reporter());
    const std::string digest = shipped.digest.ToString();
    std::string names;
    std::string tags;
    for (const std::string& text : destinations_) {
      const oci::Reference name = oci::Reference::Parse(text);
      names += fmt::format("{}@{}\n", name.repository().ToString(), digest);
      tags += fmt::format("{}@{}\n", name.ToString(), digest);
    }
    if (files_.digest) WriteFileAtomically(*files_.digest, digest);
    if (files_.name) WriteFileAtomically(*files_.name, names);
    if (files_.tag) WriteFileAtomically(*files_.tag, tags);
  }

  BuildOptions build_;
  layers::ExportOptions form_;
  bool shares_cache_ = false;
  bool keeps_cache_ = false;
  std::string cache_place_;
  std::string context_ = "/workspace/";
  std::string sub_path_;
  std::vector<std::string> destinations_;
  bool no_push_ = false;
  std::optional<std::string> tar_path_;
  std::optional<std::string> layout_path_;
  DigestFiles files_;
};

}  // namespace

std::unique_ptr<Command> MakeKaniko() { return std::make_unique<KanikoCommand>(); }

}  // namespace ibuild::cli
