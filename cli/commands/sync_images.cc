// sync: many images at once, from a file that lists them, a repository, or a directory; without
// any, it is the store that is brought to the disk (sync.cc).
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands/all.h"
#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/progress_options.h"
#include "cli/remote/copy_image.h"
#include "cli/remote/sync_plan.h"
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

namespace fs = std::filesystem;

// One image that is to be copied.
struct SyncJob {
  ImageLocation from;
  ImageLocation to;
};

// "app:1" of "team/app:1"; with --scoped the whole name.
std::string NameBelow(const oci::Reference& name, bool scoped) {
  const std::string full = name.ToString();
  return scoped ? full : full.substr(full.rfind('/', full.find('@')) + 1);
}

class SyncImagesCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Choice("-s,--src", {"docker", "dir", "yaml"}, "What SOURCE is", source_kind_);
    options.Choice("-d,--dest", {"docker", "dir"}, "What TARGET is", target_kind_);
    options.Switch("-a,--all", "All platforms of an index (as without --platform)", all_);
    options.Custom("--platform", "OS/ARCH", "Only images of this platform",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
    options.Switch("--scoped", "Keep the registry and the whole name below TARGET", scoped_);
    options.Value("--append-suffix", "TEXT", "Append TEXT to every tag", suffix_);
    options.Switch("--dry-run", "Only say what would be copied", dry_run_);
    options.Switch("--keep-going", "Go on after an image that cannot be copied", keep_going_);
    options.Value("--digestfile", "FILE", "Write digests and names to FILE", digest_file_);
    progress_.Declare(options);
    sides_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    if (operands.empty()) return MakeSync()->Run(wiring, operands);
    if (operands.size() != 2) throw Error(ErrorKind::kUsage, "sync takes SOURCE and TARGET");
    progress_.ApplyTo(wiring.settings());
    sides_.Open(wiring);
    target_ = operands.back();
    const std::string kind = !source_kind_.empty() ? source_kind_ : Guess(operands.front());
    std::string digests;
    bool failed = false;
    const auto work = [&](registry::RegistryClient& client, const std::vector<SyncJob>& jobs) {
      for (const SyncJob& job : jobs) failed = !CopyOne(wiring, client, job, digests) || failed;
    };
    if (kind == "yaml") {
      for (const SyncSource& source : ReadFileOf(operands.front())) {
        const auto client = ClientFor(wiring, source);
        work(*client, JobsOf(*client, source));
      }
    } else if (kind == "dir") {
      work(sides_.source(), JobsOfDirectory(operands.front()));
    } else {
      work(sides_.source(), JobsOfName(operands.front()));
    }
    wiring.FinishReporting();
    if (digest_file_) WriteFileAtomically(*digest_file_, digests);
    if (wiring.settings().tool == ToolKind::kIbuild) WriteStandardOutput(digests);
    return failed ? kExitFailed : kExitOk;
  }

 private:
  static std::string Guess(const std::string& source) {
    std::error_code ignored;
    if (fs::is_directory(source, ignored)) return "dir";
    return fs::is_regular_file(source, ignored) ? "yaml" : "docker";
  }

  static std::vector<SyncSource> ReadFileOf(const std::string& file) {
    return ReadSyncFile(ReadFile(file, 4u << 20), file);
  }

  static std::unique_ptr<registry::RegistryClient> ClientFor(Wiring& wiring,
                                                             const SyncSource& source) {
    registry::RegistrySettings settings = wiring.registry_settings();
    if (source.credential) settings.credentials.given = source.credential;
    if (source.verify_tls) settings.verify_tls = *source.verify_tls;
    if (source.certificates) settings.certificates = *source.certificates;
    return std::make_unique<registry::RegistryClient>(settings, wiring.reporter());
  }

  std::vector<SyncJob> JobsOf(registry::RegistryClient& client, const SyncSource& source) const {
    std::vector<SyncJob> jobs;
    for (const TagChoice& choice : source.repositories) {
      std::vector<std::string> selectors = choice.exact;
      if (choice.NeedsList()) {
        const auto access = client.Open(choice.repository, registry::Access::kPull);
        for (const std::string& tag : registry::ListTags(access)) {
          if (choice.IsWanted(tag)) selectors.push_back(tag);
        }
      }
      for (const std::string& selector : selectors) {
        const auto digest = oci::Digest::TryParse(selector);
        jobs.push_back(JobFor(digest ? oci::Reference(choice.repository, std::nullopt, digest)
                                     : oci::Reference(choice.repository, selector, std::nullopt)));
      }
    }
    return jobs;
  }

  // One tag when the name has one, else all that the repository has.
  std::vector<SyncJob> JobsOfName(std::string_view text) {
    if (text.starts_with("docker://")) text.remove_prefix(std::string_view("docker://").size());
    const oci::Reference name = oci::Reference::Parse(text);
    const bool tagged = text.find(':', text.rfind('/') + 1) != std::string_view::npos;
    if (tagged || name.digest()) return {JobFor(name)};
    SyncSource source{name.repository().host};
    source.repositories.push_back({name.repository()});
    source.repositories.back().all = true;
    return JobsOf(sides_.source(), source);
  }

  // Every directory below with a manifest.json; its name is the image's.
  std::vector<SyncJob> JobsOfDirectory(const fs::path& directory) const {
    std::vector<SyncJob> jobs;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (entry.path().filename() != "manifest.json") continue;
      const fs::path image = entry.path().parent_path();
      std::string name = fs::relative(image, directory).native();
      if (!scoped_) name = image.filename().native();
      jobs.push_back({{PlaceKind::kDirectory, image, {}}, TargetFor(name)});
    }
    std::sort(jobs.begin(), jobs.end(),
              [](const SyncJob& a, const SyncJob& b) { return a.from.path < b.from.path; });
    if (jobs.empty()) {
      throw Error(
          ErrorKind::kNotFound,
          fmt::format("no image below {}: no directory holds a manifest.json", directory.native()));
    }
    return jobs;
  }

  SyncJob JobFor(const oci::Reference& name) const {
    return {{PlaceKind::kRegistry, {}, name.ToString()}, TargetFor(NameBelow(name, scoped_))};
  }

  ImageLocation TargetFor(std::string name) const {
    name += suffix_;
    const bool directory = target_kind_.empty() ? LooksLikeDirectory() : target_kind_ == "dir";
    if (directory) return {PlaceKind::kDirectory, fs::path(target_) / name, {}};
    std::string_view prefix = target_;
    if (prefix.starts_with("docker://")) prefix.remove_prefix(std::string_view("docker://").size());
    return {PlaceKind::kRegistry, {}, std::string(prefix) + "/" + name};
  }

  bool LooksLikeDirectory() const {
    std::error_code ignored;
    return target_.starts_with('.') || target_.starts_with('/') ||
           fs::is_directory(target_, ignored);
  }

  // False: it failed, and the rest is to be copied all the same.
  bool CopyOne(Wiring& wiring, registry::RegistryClient& client, const SyncJob& job,
               std::string& digests) {
    const std::string what = fmt::format("{} to {}", job.from.ToString(), job.to.ToString());
    if (dry_run_) {
      wiring.reporter().Log(LogLevel::kInfo, "would copy " + what);
      return true;
    }
    CopyChoice choice;
    choice.platform = platform_;
    if (wiring.settings().tool == ToolKind::kSkopeo && !all_ && !platform_) {
      choice.platform = oci::Platform::Host();
    }
    try {
      const oci::Digest digest =
          CopyImageTo(wiring, client, sides_.target(), job.from, job.to, choice);
      digests += fmt::format("{} {}\n", digest.ToString(), job.to.image);
      return true;
    } catch (const Error& error) {
      if (!keep_going_ || error.kind() == ErrorKind::kCancelled) throw;
      wiring.reporter().Log(LogLevel::kWarning, fmt::format("copying {}: {}", what, error.what()));
      return false;
    }
  }

  std::string source_kind_;
  std::string target_kind_;
  std::string target_;
  bool all_ = false;
  std::optional<oci::Platform> platform_;
  bool scoped_ = false;
  std::string suffix_;
  bool dry_run_ = false;
  bool keep_going_ = false;
  std::optional<std::string> digest_file_;
  ProgressOptions progress_;
  TwoSides sides_;
};

}  // namespace

std::unique_ptr<Command> MakeSyncImages() { return std::make_unique<SyncImagesCommand>(); }

}  // namespace ibuild::cli
