#include "cli/container_spec.h"

#include <fmt/format.h>

#include <filesystem>

#include "support/clean_path.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// SOURCE:TARGET[:ro]; a directory or file of this machine.
builder::MountEntry ParseVolume(const std::string& text) {
  const auto parts = Split(text, ':');
  const bool mode_known =
      parts.size() == 2 || (parts.size() == 3 && (parts[2] == "ro" || parts[2] == "rw"));
  if (!mode_known || !parts[0].starts_with('/') || !parts[1].starts_with('/')) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is no volume", Quote(text)))
        .WithHint("write it like `/here:/there` or `/here:/there:ro`, both absolute");
  }
  const std::filesystem::path source(parts[0]);
  if (!std::filesystem::exists(source)) {
    throw Error(ErrorKind::kUsage, fmt::format("{} does not exist", source.native()));
  }
  return {
      .target = CleanPath::Parse(parts[1]).Absolute(),
      .what = builder::BindMount{
          .source_root = source, .source = "", .read_only = parts.size() == 3 && parts[2] == "ro"}};
}

void SetFrom(std::vector<std::string>& env, const std::string& entry) {
  const std::size_t equals = entry.find('=');
  const std::string name = entry.substr(0, equals);
  if (equals != std::string::npos) {
    oci::SetEnv(env, name, entry.substr(equals + 1));
  } else if (const auto value = GetEnvironment(name.c_str())) {
    oci::SetEnv(env, name, *value);
  }
}

std::vector<std::string> MakeEnv(const std::vector<std::string>& image,
                                 const std::vector<std::string>& given,
                                 const std::string& hostname) {
  std::vector<std::string> env = image;
  if (!oci::FindEnv(env, "PATH")) env.insert(env.begin(), fmt::format("PATH={}", kDefaultPath));
  if (!oci::FindEnv(env, "HOSTNAME")) oci::SetEnv(env, "HOSTNAME", hostname);
  for (const std::string& entry : given) SetFrom(env, entry);
  return env;
}

}  // namespace

void ContainerOptions::Declare(OptionSet& options) {
  options.Each("-e,--env", "NAME[=VALUE]", "Set a variable; repeat", env);
  options.Value("-w,--workdir", "DIR", "Start in DIR", working_directory);
  options.Value("-u,--user", "USER[:GROUP]", "Run as USER", user);
  options.Value("--entrypoint", "PROGRAM", "Instead of the image's ENTRYPOINT and CMD", entrypoint);
  options.Value("--hostname", "NAME", "Name of the machine inside", hostname);
  options.Custom("-v,--volume", "SOURCE:TARGET[:ro]", "Show a directory of this machine; repeat",
                 [this](const std::string& text) { volumes.push_back(ParseVolume(text)); });
  options.Custom("--network", "default|none|host", "Which network it sees",
                 [this](const std::string& text) { network = ParseNetwork(text); });
  options.Custom("-p,--publish", "PORT", "Not supported: use --network host",
                 [](const std::string&) {
                   throw Error(ErrorKind::kUnsupported, "ports are not published")
                       .WithHint("with `--network host` the program's ports are this machine's");
                 });
}

builder::SandboxSpec ContainerOptions::MakeSpec(const oci::RuntimeConfig& image,
                                                const std::vector<std::string>& command) const {
  builder::SandboxSpec spec;
  spec.argv = image.entrypoint;
  if (entrypoint)
    spec.argv = entrypoint->empty() ? std::vector<std::string>() : std::vector{*entrypoint};
  const auto& arguments = command.empty() && !entrypoint ? image.cmd : command;
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  if (spec.argv.empty()) {
    throw Error(ErrorKind::kInvalidInput, "the image names no program to run")
        .WithHint("name one after the image: `ibuild run IMAGE PROGRAM`");
  }
  spec.hostname = hostname.value_or(RandomHex(6));
  spec.env = MakeEnv(image.env, env, spec.hostname);
  spec.working_directory = working_directory.value_or(image.working_dir);
  if (spec.working_directory.empty()) spec.working_directory = "/";
  spec.user = user.value_or(image.user);
  spec.mounts = volumes;
  spec.network = network;
  spec.limits = limits;
  spec.extra_hosts = host.extra_hosts;
  spec.shm_size = host.shm_size;
  spec.ulimits = host.ulimits;
  return spec;
}

}  // namespace ibuild::cli
