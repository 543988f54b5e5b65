#include "cli/global_options.h"

#include "support/error.h"

namespace ibuild::cli {
namespace {

void SetPath(std::filesystem::path& target, const std::string& text) {
  if (text.empty()) throw Error(ErrorKind::kUsage, "the path is empty");
  target = text;
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
}

}  // namespace ibuild::cli
