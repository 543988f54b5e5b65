#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/containers/container_document.h"
#include "cli/containers/format.h"
#include "cli/containers/open_engine.h"
#include "cli/exit_code.h"
#include "cli/image_names.h"
#include "cli/images/image_document.h"
#include "cli/registry_options.h"
#include "cli/remote/inspect_remote.h"
#include "cli/render/output.h"
#include "cli/template/template.h"
#include "cli/wiring.h"
#include "cli/working/working_container.h"
#include "containers/engine/engine.h"
#include "layers/store/tree_size.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class InspectCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-f,--format", "FORMAT", "json, or a Go template for each image", format_);
    options.Value("--type", "TYPE", "Only what is of this type: image, container", type_);
    options.Switch("-s,--size", "Show sizes; always so", size_);
    options.Switch("--remote", "Of an image in a registry, without pulling it", remote_);
    options.Switch("--raw", "With --remote: what the name means, an index too", raw_);
    options.Switch("--manifest", "Show the manifest's own bytes instead", manifest_);
    options.Switch("--config", "Show the configuration's own bytes instead", config_);
    options.Custom("--platform", "OS/ARCH", "Of this platform",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    CheckType();
    if (remote_) return InspectRemote(wiring, operands);
    std::optional<Template> format;
    if (!format_.empty() && format_ != "json") format = Template::Parse(format_);
    OrderedJson all = OrderedJson::array();
    std::string text;
    std::optional<Error> missing;  // told after what there is, as the others do
    for (const std::string& operand : operands) {
      try {
        if (auto document = FindContainer(wiring, operand)) {
          if (format) text += format->Execute(WithUnset(*document)) + "\n";
          all.push_back(std::move(*document));
          continue;
        }
        const LocalImage image = Find(wiring, operand);
        if (manifest_ || config_) {
          text += oci::ReadBlob(wiring.store().blobs(),
                                manifest_ ? image.manifest : image.content.config) +
                  "\n";
          continue;
        }
        OrderedJson document = DescribeImage(wiring.store(), image, wiring.settings().tool);
        if (format) text += format->Execute(document) + "\n";
        all.push_back(std::move(document));
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kNotFound) throw;
        if (!missing) missing = type_.empty() ? NoSuchObject(operand) : error;
      }
    }
    WriteStandardOutput(format || manifest_ || config_ ? text : Rendered(wiring, all));
    if (missing) throw *missing;
    return kExitOk;
  }

 private:
  void CheckType() const {
    if (type_ == "network" || type_ == "volume") {
      throw Error(ErrorKind::kUnsupported, fmt::format("`inspect` shows no {}s", type_))
          .WithHint(fmt::format("`ibuild {} inspect NAME` does", type_));
    }
    if (type_.empty() || type_ == "image" || type_ == "container" || type_ == "all") return;
    throw Error(ErrorKind::kUsage, fmt::format("{} is not a valid value for --type", Quote(type_)))
        .WithHint("there are image and container");
  }

  static Error NoSuchObject(const std::string& operand) {
    return Error(ErrorKind::kNotFound,
                 fmt::format("No such object: there is no image or container {} in the store",
                             PrintableText(operand)))
        .WithHint("`ibuild ps -a` lists containers, `ibuild images` images");
  }

  // A container comes before an image of the same name. Nothing: it is no container.
  std::optional<OrderedJson> FindContainer(Wiring& wiring, const std::string& operand) const {
    if (type_ == "image") return std::nullopt;
    if (wiring.settings().tool == ToolKind::kBuildah) return FindWorkingContainer(wiring, operand);
    const containers::Engine engine = OpenEngine(wiring);
    const auto container = type_ == "container" ? std::optional(engine.containers().Find(operand))
                                                : engine.containers().LookUp(operand);
    if (!container) return std::nullopt;
    OrderedJson document = DescribeContainer(engine, *container);
    if (size_) AddSizes(engine, *container, &document);
    return document;
  }

  static std::optional<OrderedJson> FindWorkingContainer(Wiring& wiring,
                                                         const std::string& operand) {
    const auto container = WorkingContainers(wiring.store()).LookUp(operand);
    if (!container) return std::nullopt;
    return DescribeWorkingContainer(wiring.store(), *container);
  }

  int InspectRemote(Wiring& wiring, const std::vector<std::string>& operands) const {
    registry_.ApplyTo(wiring.registry_settings());
    return cli::InspectRemote(wiring, operands,
                              {.raw = raw_ || manifest_,
                               .config = config_,
                               .tags = false,
                               .format = format_.empty() ? std::nullopt : std::optional(format_),
                               .platform = platform_});
  }

  LocalImage Find(Wiring& wiring, const std::string& operand) const {
    if (!type_.empty() && type_ != "image" && type_ != "all") {
      throw Error(ErrorKind::kNotFound, fmt::format("there is no {} {}", type_, Quote(operand)));
    }
    return platform_ ? FindImage(wiring, operand, *platform_) : FindAnyImage(wiring, operand);
  }

  // buildah shows one thing, the others a list; on one line when `json` was asked for.
  std::string Rendered(Wiring& wiring, const OrderedJson& all) const {
    const bool one = wiring.settings().tool == ToolKind::kBuildah && all.size() == 1;
    return InspectText(one ? all[0] : all, format_ == "json");
  }

  std::string format_;
  std::string type_;
  bool remote_ = false;
  bool raw_ = false;
  RegistryOptions registry_;
  bool size_ = false;
  bool manifest_ = false;
  bool config_ = false;
  std::optional<oci::Platform> platform_;
};

}  // namespace

std::unique_ptr<Command> MakeInspect() { return std::make_unique<InspectCommand>(); }

}  // namespace ibuild::cli
