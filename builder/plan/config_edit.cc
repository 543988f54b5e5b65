#include "builder/plan/config_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "builder/plan/expose_ports.h"
#include "builder/plan/field_text.h"
#include "builder/plan/stop_signal.h"
#include "support/clean_path.h"
#include "support/default_path.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

bool IsForWindows(const oci::ImageConfig& image) { return image.platform.os == "windows"; }

std::string ExpandName(const StageScope& scope, const parser::Word& key,
                       std::string_view instruction) {
  std::string name = scope.Expand(key);
  if (name.empty()) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("{} names can not be blank", instruction));
  }
  return name;
}

// `HEALTHCHECK {Test:[CMD-SHELL true] Interval:5m0s …}`.
std::string HealthcheckText(const oci::Healthcheck& check) {
  return fmt::format(
      "HEALTHCHECK {{Test:{} Interval:{} Timeout:{} StartPeriod:{} StartInterval:{} Retries:{}}}",
      ListText(check.test), DurationText(check.interval), DurationText(check.timeout),
      DurationText(check.start_period), DurationText(check.start_interval), check.retries);
}

std::vector<std::string> HealthcheckTest(const parser::Healthcheck& healthcheck) {
  if (healthcheck.none) return {"NONE"};
  if (!healthcheck.command.is_exec) return {"CMD-SHELL", healthcheck.command.text};
  std::vector<std::string> test = {"CMD"};
  test.insert(test.end(), healthcheck.command.argv.begin(), healthcheck.command.argv.end());
  return test;
}

}  // namespace

std::string EditConfig(StageImage& image, const parser::Arg& arg) {
  std::string history = "ARG";
  for (const parser::ArgDeclaration& declaration : arg.declarations) {
    history += " " + image.scope.DeclareArg(declaration);
  }
  return history;
}

// All values of one line see the environment before the line.
std::string EditConfig(StageImage& image, const parser::Env& env) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const parser::KeyValue& pair : env.pairs) {
    pairs.emplace_back(ExpandName(image.scope, pair.key, "ENV"), image.scope.Expand(pair.value));
  }
  std::string history = "ENV";
  for (const auto& [name, value] : pairs) {
    image.scope.SetEnv(name, value);
    oci::SetEnv(image.config.config.env, name, value);
    history += fmt::format(" {}={}", name, value);
  }
  return history;
}

std::string EditConfig(StageImage& image, const parser::Label& label) {
  std::string history = "LABEL";
  for (const parser::KeyValue& pair : label.pairs) {
    const std::string name = ExpandName(image.scope, pair.key, "LABEL");
    const std::string value = image.scope.Expand(pair.value);
    image.config.config.labels[name] = value;
    history += fmt::format(" {}={}", name, value);
  }
  return history;
}

std::string EditConfig(StageImage& image, const parser::Cmd& cmd) {
  image.config.config.cmd = ArgvOf(image, cmd.command);
  image.config.config.args_escaped = true;
  image.has_own_cmd = true;
  return "CMD " + QuotedListText(image.config.config.cmd);
}

std::string EditConfig(StageImage& image, const parser::Entrypoint& entrypoint) {
  image.config.config.entrypoint = ArgvOf(image, entrypoint.command);
  if (!image.has_own_cmd) image.config.config.cmd.clear();
  return "ENTRYPOINT " + QuotedListText(image.config.config.entrypoint);
}

std::string EditConfig(StageImage& image, const parser::User& user) {
  image.config.config.user = image.scope.Expand(user.user);
  return "USER " + image.config.config.user;
}

// Docker sorts the words before it expands them, and history shows that order.
std::string EditConfig(StageImage& image, const parser::Expose& expose) {
  std::vector<parser::Word> words = expose.ports;
  std::ranges::sort(words, {}, &parser::Word::text);
  std::vector<std::string> ports;
  for (const parser::Word& word : words) {
    for (const std::string& spec : image.scope.ExpandToWords(word)) {
      std::ranges::copy(ParseExposedPorts(spec), std::back_inserter(ports));
    }
  }
  image.config.config.exposed_ports.insert(ports.begin(), ports.end());
  return "EXPOSE " + ListText(ports);
}

std::string EditConfig(StageImage& image, const parser::Volume& volume) {
  std::vector<std::string> paths;
  for (const parser::Word& word : volume.paths) {
    paths.push_back(image.scope.Expand(word));
    if (paths.back().empty()) {
      throw Error(ErrorKind::kInvalidInput, "VOLUME specified can not be an empty string");
    }
  }
  image.config.config.volumes.insert(paths.begin(), paths.end());
  return "VOLUME " + ListText(paths);
}

std::string EditConfig(StageImage& image, const parser::Healthcheck& healthcheck) {
  constexpr std::chrono::nanoseconds kUnset{0};
  oci::Healthcheck check;
  check.test = HealthcheckTest(healthcheck);
  check.interval = healthcheck.interval.value_or(kUnset);
  check.timeout = healthcheck.timeout.value_or(kUnset);
  check.start_period = healthcheck.start_period.value_or(kUnset);
  check.start_interval = healthcheck.start_interval.value_or(kUnset);
  check.retries = static_cast<int>(healthcheck.retries.value_or(0));
  std::string history = HealthcheckText(check);
  image.config.config.healthcheck = std::move(check);
  return history;
}

std::string EditConfig(StageImage& image, const parser::StopSignal& stop_signal) {
  const std::string signal = image.scope.Expand(stop_signal.signal);
  CheckStopSignal(signal);
  image.config.config.stop_signal = signal;
  return "STOPSIGNAL " + signal;
}

std::string EditConfig(StageImage& image, const parser::Shell& shell) {
  image.config.config.shell = shell.argv;
  return "SHELL " + ListText(shell.argv);
}

std::string EditConfig(StageImage& image, const parser::Maintainer& maintainer) {
  image.config.author = maintainer.author;
  return "MAINTAINER " + maintainer.author;
}

std::string EditConfig(StageImage& image, const parser::Workdir& workdir) {
  const std::string path = image.scope.Expand(workdir.path);
  std::string& current = image.config.config.working_dir;
  if (path.starts_with('/')) {
    current = path;
  } else if (!path.empty() || current.empty()) {
    current = CleanPath::Parse(current + "/" + path).Absolute();
  }
  return "WORKDIR " + current;
}

std::string WorkingDirectoryOf(const StageImage& image) {
  return CleanPath::Parse(image.config.config.working_dir).Absolute();
}

std::vector<std::string> ArgvOf(const StageImage& image, const parser::ShellOrExec& command) {
  if (command.is_exec) return command.argv;
  std::vector<std::string> argv = image.config.config.shell;
  if (argv.empty() && IsForWindows(image.config)) argv = {"cmd", "/S", "/C"};
  if (argv.empty()) argv = {"/bin/sh", "-c"};
  argv.push_back(command.text);
  return argv;
}

void EnsurePath(oci::ImageConfig& image) {
  oci::RuntimeConfig& config = image.config;
  if (IsForWindows(image) || oci::FindEnv(config.env, "PATH")) return;
  oci::SetEnv(config.env, "PATH", kDefaultPath);
}

}  // namespace ibuild::builder
