#include <fmt/format.h>

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
    if (operands.size() > 1) return PushTo(wiring, operands[0], operands[1]);
    std::vector<Pushed> pushed;
    for (const Job& job : Jobs(wiring, operands)) {
      layers::PinImage(wiring.store(), job.image);
      const oci::Descriptor root = PushImage(wiring, job.image, {.name = job.target}, export_).root;
      pushed.push_back({job.target, root});
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

  struct Job {
    oci::Descriptor image;
    oci::Reference target;
  };

  std::vector<Job> Jobs(Wiring& wiring, const std::vector<std::string>& operands) const {
    if (all_tags_) return AllTags(wiring, operands[0]);
    const layers::FoundImage image = FindNamed(wiring, operands[0]);
    if (!image.name && image.names.empty()) {
      throw Error(ErrorKind::kUsage, "the image has no name to push it to")
          .WithHint(fmt::format("name it: `ibuild tag {} REGISTRY/NAME:TAG`", operands[0]));
    }
    return {{Chosen(wiring, image.descriptor), image.name.value_or(image.names.front())}};
  }

  std::vector<Job> AllTags(Wiring& wiring, const std::string& operand) const {
    const oci::Reference wanted = oci::Reference::Parse(operand);
    if (wanted.digest() || wanted.Familiar() == operand) {
      const bool tagged = operand.find(':', operand.rfind('/') + 1) != std::string::npos;
      if (tagged) throw Error(ErrorKind::kUsage, "a tag and --all-tags exclude each other");
    }
    std::vector<Job> jobs;
    for (const layers::NamedImage& image : wiring.store().names().List()) {
      if (image.name.repository() != wanted.repository() || !image.name.tag()) continue;
      jobs.push_back({Chosen(wiring, image.descriptor), image.name});
    }
    if (jobs.empty()) {
      throw Error(ErrorKind::kNotFound, fmt::format("the store has no image of {}", Quote(operand)))
          .WithHint("`ibuild images` lists what there is");
    }
    return jobs;
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
