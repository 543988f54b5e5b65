#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/step_options.h"
#include "cli/wiring.h"
#include "cli/working/derive.h"
#include "cli/working/working_container.h"
#include "support/error.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

class BuildahRunCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-u,--user", "USER[:GROUP]", "Run as USER", user_);
    options.Value("--workingdir", "DIR", "Run in DIR", directory_);
    options.Each("-e,--env", "NAME=VALUE", "Set a variable; repeat", env_);
    options.Each("--mount", "MOUNT", "As RUN --mount takes it; repeat", mounts_);
    options.Custom("--network", "default|none|host", "Which network it sees",
                   [this](const std::string& text) { steps_.network = ParseNetwork(text); });
    DeclareLimits(options, steps_.limits);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    if (operands.size() < 2) throw Error(ErrorKind::kUsage, "an argument is missing: COMMAND");
    WorkingContainers containers(wiring.store());
    WorkingContainer container = containers.Find(operands[0]);
    const auto before = ReadHostOrAny(wiring.store(), container.image);
    std::vector<std::string> command(operands.begin() + 1, operands.end());
    if (command.front() == "--") command.erase(command.begin());
    const oci::Descriptor changed = Derive(wiring, {.base = container.image,
                                                    .instructions = Instructions(command),
                                                    .steps = steps_,
                                                    .shows_output = true});
    // The step's surroundings are not the image's.
    container.image = EditConfig(wiring.store(), changed, [&](oci::ImageConfig& config) {
      if (before) config.config = before->config.config;
    });
    containers.Set(container);
    return kExitOk;
  }

 private:
  std::string Instructions(const std::vector<std::string>& command) const {
    std::string text;
    for (const std::string& entry : env_) {
      const std::size_t equals = entry.find('=');
      if (equals == std::string::npos) continue;
      text +=
          fmt::format("ENV {}={}\n", entry.substr(0, equals), JsonWord(entry.substr(equals + 1)));
    }
    if (user_) text += fmt::format("USER {}\n", *user_);
    if (directory_) text += fmt::format("WORKDIR {}\n", *directory_);
    text += "RUN";
    for (const std::string& mount : mounts_) text += " --mount=" + mount;
    return text + " " + DumpJson(Json(command)) + "\n";
  }

  std::optional<std::string> user_;
  std::optional<std::string> directory_;
  std::vector<std::string> env_;
  std::vector<std::string> mounts_;
  builder::StepOptions steps_;
};

}  // namespace

std::unique_ptr<Command> MakeBuildahRun() { return std::make_unique<BuildahRunCommand>(); }

}  // namespace ibuild::cli
