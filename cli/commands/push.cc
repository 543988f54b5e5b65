#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/image_destination.h"
#include "cli/image_names.h"
#include "cli/local_images.h"
#include "cli/progress_options.h"
#include "cli/push_image.h"
#include "cli/registry_options.h"
#include "cli/render/output.h"
#include "layers/store/image_parts.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

struct Pushed {
  oci::Reference name;
  oci::Descriptor root;
};

class PushCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all-tags", "Every tag of the repository", all_tags_);
    DeclareImagePart(options, part_);
    options.Value("--digestfile", "FILE", "Write the digest", digest_file_);
    DeclareExportOptions(options, export_);
    progress_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    if (operands.size() == 2 && !all_tags_ && !AreImages(wiring, operands)) {
      return PushTo(wiring, operands[0], operands[1]);
    }
    const std::vector<PushJob> jobs = Jobs(wiring, operands);
    for (const PushJob& job : jobs) layers::PinImage(wiring.store(), job.root);
    const auto receipts = PushImages(wiring, jobs, export_);
    std::vector<Pushed> pushed;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      pushed.push_back({jobs[i].target.name, receipts[i].root});
    }
    if (digest_file_) {
      WriteFileAtomically(*digest_file_, pushed.back().root.digest.ToString());
    }
    WriteStandardOutput(Report(wiring.settings(), pushed));
    return kExitOk;
  }

 private:
  // As podman and buildah: another name there, or another place.
  int PushTo(Wiring& wiring, const std::string& operand, const std::string& place) const {
    const layers::FoundImage image = FindNamed(wiring, operand);
    const oci::Descriptor root =
        Deliver(wiring, Chosen(wiring, image.descriptor), ParsePushDestination(place), export_);
    wiring.FinishReporting();
    if (digest_file_) WriteFileAtomically(*digest_file_, root.digest.ToString());
    if (!IsContainersTool(wiring.settings().tool)) {
      WriteStandardOutput(root.digest.ToString() + "\n");
    }
    return kExitOk;
  }

  // Two operands are an image and where it goes, unless both say which registry they are of and are
  // here under these names: then each goes where it says.
  static bool AreImages(Wiring& wiring, const std::vector<std::string>& operands) {
    if (IsContainersTool(wiring.settings().tool)) return false;
    return std::all_of(operands.begin(), operands.end(), [&](const std::string& operand) {
      const auto found = LookUpNamed(wiring, operand);
      return found && found->name &&
             operand.starts_with(found->name->repository().host.name() + "/");
    });
  }

  std::vector<PushJob> Jobs(Wiring& wiring, const std::vector<std::string>& operands) const {
    std::vector<PushJob> jobs;
    for (const std::string& operand : operands) {
      if (all_tags_) {
        AddAllTags(wiring, operand, jobs);
      } else {
        jobs.push_back(JobFor(wiring, operand));
      }
    }
    return jobs;
  }

  PushJob JobFor(Wiring& wiring, const std::string& operand) const {
    const layers::FoundImage image = FindNamed(wiring, operand);
    if (!image.name && image.names.empty()) {
      throw Error(ErrorKind::kUsage, "the image has no name to push it to")
          .WithHint(fmt::format("name it: `ibuild tag {} REGISTRY/NAME:TAG`", operand));
    }
    return {Chosen(wiring, image.descriptor), {.name = image.name.value_or(image.names.front())}};
  }

  void AddAllTags(Wiring& wiring, const std::string& operand, std::vector<PushJob>& jobs) const {
    const oci::Reference wanted = oci::Reference::Parse(operand);
    if (wanted.digest() || wanted.Familiar() == operand) {
      const bool tagged = operand.find(':', operand.rfind('/') + 1) != std::string::npos;
      if (tagged) throw Error(ErrorKind::kUsage, "a tag and --all-tags exclude each other");
    }
    const std::size_t before = jobs.size();
    for (const layers::NamedImage& image : wiring.store().names().List()) {
      if (image.name.repository() != wanted.repository() || !image.name.tag()) continue;
      jobs.push_back({Chosen(wiring, image.descriptor), {.name = image.name}});
    }
    if (jobs.size() == before) {
      throw Error(ErrorKind::kNotFound, fmt::format("the store has no image of {}", Quote(operand)))
          .WithHint("`ibuild images` lists what there is");
    }
  }

  oci::Descriptor Chosen(Wiring& wiring, const oci::Descriptor& image) const {
    return oci::ChoosePresent(wiring.store().blobs(), image, part_);
  }

  // With --quiet the name that can be pulled; under docker's name its last line, which scripts cut
  // the digest out of.
  std::string Report(const Settings& settings, const std::vector<Pushed>& pushed) const {
    std::string text;
    const bool docker = settings.tool == ToolKind::kDocker;
    if (docker && !progress_.quiet()) {
      text = fmt::format("The push refers to repository [{}]\n",
                         pushed.front().name.repository().ToString());
    }
    for (const Pushed& each : pushed) {
      const std::string digest = each.root.digest.ToString();
      if (!docker) {
        text += digest + "\n";
      } else if (progress_.quiet()) {
        text += each.name.ToString() + "\n";
      } else {
        text += fmt::format("{}: digest: {} size: {}\n", each.name.tag().value_or("latest"), digest,
                            each.root.size);
      }
    }
    return IsContainersTool(settings.tool) ? std::string() : text;
  }

  bool all_tags_ = false;
  oci::ImagePart part_;
  std::optional<std::string> digest_file_;
  layers::ExportOptions export_;
  ProgressOptions progress_;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakePush() { return std::make_unique<PushCommand>(); }

}  // namespace ibuild::cli
