#include "cli/global_options.h"

#include "oci/platform.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

void SetPath(std::filesystem::path& target, const std::string& text) {
  if (text.empty()) throw Error(ErrorKind::kUsage, "the path is empty");
  target = text;
}

// A part of the platform that skopeo is told; the rest stays.
void Override(std::optional<std::string>& platform, const std::string& os,
              const std::string& architecture, const std::string& variant) {
  oci::Platform chosen = platform ? oci::Platform::Parse(*platform) : oci::Platform::Host();
  if (!os.empty()) chosen.os = os;
  if (!architecture.empty()) {
    chosen.architecture = architecture;
    chosen.variant.clear();
  }
  if (!variant.empty()) chosen.variant = variant;
  platform = chosen.ToString();
}

// Of other tools, whose global options these are.
void DeclareHidden(OptionSet& options, Settings& settings) {
  auto& platform = settings.default_platform;
  const auto hidden = [&](std::string name, std::string value,
                          std::function<void(const std::string&)> take) {
    options.Override({.name = std::move(name),
                      .letter = {},
                      .value = std::move(value),
                      .help = {},
                      .take = std::move(take),
                      .shown = false});
  };
  hidden("--default-platform", "OS/ARCH", [&platform](const std::string& text) {
    if (text != "all") platform = text;
  });
  hidden("--override-os", "OS",
         [&platform](const std::string& text) { Override(platform, text, "", ""); });
  hidden("--override-arch", "ARCH",
         [&platform](const std::string& text) { Override(platform, "", text, ""); });
  hidden("--override-variant", "VARIANT",
         [&platform](const std::string& text) { Override(platform, "", "", text); });
  hidden("--all-registries-insecure", "",
         [&settings](const std::string& text) { settings.verify_tls = text == "false"; });
}

}  // namespace

void DeclareGlobalOptions(OptionSet& options, Settings& settings) {
  options.Custom("--root", "DIR", "Keep images and cache in DIR (IBUILD_ROOT)",
                 [&settings](const std::string& text) { SetPath(settings.root, text); });
  options.Switch("-D,--debug", "Say more about what is done", settings.debug);
  options.Custom("--config", "DIR", "Directory of config.json with credentials (DOCKER_CONFIG)",
                 [&settings](const std::string& text) { SetPath(settings.docker_config, text); });
  options.Custom("-l,--log-level", "LEVEL", "debug says more; others change nothing",
                 [&settings](const std::string& text) { settings.debug |= text == "debug"; });
  options.Custom("--trace", "FILE", "Write where the time went, as a Chrome trace",
                 [&settings](const std::string& text) { SetPath(settings.trace, text); });
  DeclareHidden(options, settings);
}

}  // namespace ibuild::cli
