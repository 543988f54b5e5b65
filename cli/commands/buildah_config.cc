#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/wiring.h"
#include "cli/working/derive.h"
#include "cli/working/shell_words.h"
#include "cli/working/working_container.h"
#include "layers/archive/export.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using Edit = std::function<void(oci::ImageConfig&)>;

// A JSON list, else the words as a shell has them.
std::vector<std::string> ParseCommand(const std::string& text) {
  if (Trim(text).starts_with('[')) {
    return JsonReader(ParseJson(text, "the command"), "the command").AsStrings();
  }
  return SplitShellWords(text);
}

// A JSON list, else a line for the shell.
std::vector<std::string> ParseEntrypoint(const std::string& text) {
  if (Trim(text).empty()) return {};
  if (Trim(text).starts_with('[')) return ParseCommand(text);
  return {"/bin/sh", "-c", text};
}

std::pair<std::string, std::string> SplitAtEquals(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {text, ""};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

bool IsRemoval(const std::string& text) { return text.size() > 1 && text.ends_with('-'); }
std::string WithoutLast(std::string text) {
  text.pop_back();
  return text;
}

void SetEnvironment(oci::RuntimeConfig& config, const std::string& text) {
  const auto [name, value] = SplitAtEquals(text);
  if (text.find('=') == std::string::npos && IsRemoval(text)) {
    std::erase_if(config.env,
                  [&](const auto& entry) { return entry.starts_with(WithoutLast(text) + "="); });
    return;
  }
  oci::SetEnv(config.env, name, value);
}

void SetLabel(oci::RuntimeConfig& config, const std::string& text) {
  const auto [name, value] = SplitAtEquals(text);
  if (text.find('=') == std::string::npos && IsRemoval(text)) {
    config.labels.erase(WithoutLast(text));
  } else {
    config.labels[name] = value;
  }
}

void SetPort(oci::RuntimeConfig& config, const std::string& text) {
  const auto with_protocol = [](const std::string& port) {
    return port.find('/') == std::string::npos ? port + "/tcp" : port;
  };
  if (IsRemoval(text)) {
    config.exposed_ports.erase(with_protocol(WithoutLast(text)));
  } else {
    config.exposed_ports.insert(with_protocol(text));
  }
}

void SetVolume(oci::RuntimeConfig& config, const std::string& text) {
  if (IsRemoval(text)) {
    config.volumes.erase(WithoutLast(text));
  } else {
    config.volumes.insert(text);
  }
}

class ConfigCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    DeclareProgram(options);
    On(options, "-e,--env", "NAME=VALUE", "Set a variable (NAME-: remove it); repeat",
       [](oci::ImageConfig& image, const std::string& text) {
         SetEnvironment(image.config, text);
       });
    On(options, "-l,--label", "NAME=VALUE", "Set a label (NAME-: remove it); repeat",
       [](oci::ImageConfig& image, const std::string& text) { SetLabel(image.config, text); });
    On(options, "-p,--port", "PORT", "Expose a port (PORT-: no more); repeat",
       [](oci::ImageConfig& image, const std::string& text) { SetPort(image.config, text); });
    On(options, "-v,--volume", "PATH", "A volume (PATH-: no more); repeat",
       [](oci::ImageConfig& image, const std::string& text) { SetVolume(image.config, text); });
    On(options, "--author", "NAME", "Who made it",
       [](oci::ImageConfig& image, const std::string& text) { image.author = text; });
    On(options, "--created-by", "TEXT", "What made the last layer",
       [](oci::ImageConfig& image, const std::string& text) {
         if (!image.history.empty()) image.history.back().created_by = text;
       });
    On(options, "--comment", "TEXT", "A comment",
       [](oci::ImageConfig& image, const std::string& text) {
         if (!image.history.empty()) image.history.back().comment = text;
       });
    On(options, "--arch", "ARCH", "Architecture",
       [](oci::ImageConfig& image, const std::string& text) {
         image.platform.architecture = text;
       });
    On(options, "--os", "OS", "Operating system",
       [](oci::ImageConfig& image, const std::string& text) { image.platform.os = text; });
    On(options, "--variant", "VARIANT", "Of the architecture",
       [](oci::ImageConfig& image, const std::string& text) { image.platform.variant = text; });
    options.Custom("-a,--annotation", "KEY=VALUE", "An annotation; repeat",
                   [this](const std::string& text) {
                     const auto [key, value] = SplitAtEquals(text);
                     annotations_.push_back({.place = layers::AnnotationPlace::kManifest,
                                             .platform = {},
                                             .key = key,
                                             .value = value});
                   });
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    layers::Store& store = wiring.store();
    WorkingContainers containers(store);
    WorkingContainer container = containers.Find(operands[0]);
    container.image = EditConfig(store, container.image, [this](oci::ImageConfig& image) {
      for (const Edit& edit : edits_) edit(image);
    });
    if (!annotations_.empty()) {
      const layers::ExportOptions options{.compression = {oci::Compression::kNone, {}},
                                          .annotations = annotations_};
      container.image = layers::MakeExportable(store, container.image, options, wiring.reporter());
    }
    containers.Set(container);
    return kExitOk;
  }

 private:
  void DeclareProgram(OptionSet& options) {
    On(options, "--cmd", "COMMAND", "What is run: a JSON list or words",
       [](oci::ImageConfig& image, const std::string& text) {
         image.config.cmd = ParseCommand(text);
       });
    On(options, "--entrypoint", "COMMAND", "What runs it: a JSON list or a shell's line",
       [](oci::ImageConfig& image, const std::string& text) {
         image.config.entrypoint = ParseEntrypoint(text);
       });
    On(options, "-u,--user", "USER[:GROUP]", "Who runs it",
       [](oci::ImageConfig& image, const std::string& text) { image.config.user = text; });
    On(options, "--workingdir", "DIR", "Where it runs",
       [](oci::ImageConfig& image, const std::string& text) { image.config.working_dir = text; });
    On(options, "--stop-signal", "SIGNAL", "What ends it",
       [](oci::ImageConfig& image, const std::string& text) { image.config.stop_signal = text; });
    On(options, "--shell", "COMMAND", "The shell of the instructions to come",
       [](oci::ImageConfig& image, const std::string& text) {
         image.config.shell = ParseCommand(text);
       });
    On(options, "--healthcheck", "COMMAND", "How to see that it works",
       [](oci::ImageConfig& image, const std::string& text) {
         image.config.healthcheck.emplace().test = {"CMD-SHELL", text};
       });
    On(options, "--onbuild", "INSTRUCTION", "For builds on top of it; repeat",
       [](oci::ImageConfig& image, const std::string& text) {
         image.config.on_build.push_back(text);
       });
  }

  void On(OptionSet& options, std::string_view names, std::string value, std::string help,
          void (*apply)(oci::ImageConfig&, const std::string&)) {
    options.Custom(
        names, std::move(value), std::move(help), [this, apply](const std::string& text) {
          edits_.push_back([apply, text](oci::ImageConfig& image) { apply(image, text); });
        });
  }

  std::vector<Edit> edits_;
  std::vector<layers::Annotation> annotations_;
};

}  // namespace

std::unique_ptr<Command> MakeBuildahConfig() { return std::make_unique<ConfigCommand>(); }

}  // namespace ibuild::cli
