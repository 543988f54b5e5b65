// RUN (Dockerfile reference, "RUN", "Here-Documents").
#include <fmt/format.h>

#include <algorithm>

#include "builder/plan/field_text.h"
#include "builder/plan/run_mount_op.h"
#include "builder/plan/stage_planner.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kScriptDirectory = "/dev/pipes/";

NetworkMode ModeOf(parser::NetworkMode mode) {
  switch (mode) {
    case parser::NetworkMode::kDefault:
      return NetworkMode::kDefault;
    case parser::NetworkMode::kNone:
      return NetworkMode::kNone;
    case parser::NetworkMode::kHost:
      return NetworkMode::kHost;
  }
  throw Error(ErrorKind::kInternal, "a network mode of no known kind");
}

[[noreturn]] void FailForEntitlement(std::string_view name) {
  throw Error(ErrorKind::kPermissionDenied, fmt::format("{} is not allowed", name))
      .WithHint(fmt::format("when you trust this Dockerfile, build with --allow {}", name));
}

// The kernel would take what comes before it for the whole.
void RefuseNulBytes(const std::vector<std::string>& texts, std::string_view what) {
  for (const std::string& text : texts) {
    if (text.find('\0') == std::string::npos) continue;
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} {} holds a NUL byte", what, PrintableText(text)));
  }
}

// `RUN |2 A=1 B=2 /bin/sh -c make # buildkit`.
std::string HistoryOf(const RunOp& op, const std::vector<std::string>& args) {
  std::string text = "RUN ";
  if (!args.empty()) text += fmt::format("|{} {} ", args.size(), Join(args, " "));
  return text + Join(op.argv, " ") + " # buildkit";
}

// What a mount hands to its command as environment, unless the stage says otherwise.
void PointToSshAgent(RunOp& op) {
  const auto is_ssh = [](const RunMountOp& mount) {
    return std::holds_alternative<SshRunMount>(mount.what);
  };
  const auto agent = std::ranges::find_if(op.mounts, is_ssh);
  if (agent == op.mounts.end() || oci::FindEnv(op.env, "SSH_AUTH_SOCK")) return;
  op.env.push_back("SSH_AUTH_SOCK=" + agent->target);
}

}  // namespace

void StagePlanner::Plan(const parser::Run& run) {
  RunOp op;
  SetPlace(op);
  SetCommand(op, run);
  SetModes(op, run);
  CheckDevices(run);
  AddMounts(op, run);
  PointToSshAgent(op);
  RefuseNulBytes(op.argv, "argument");
  RefuseNulBytes(op.env, "variable");
  std::string created_by = HistoryOf(op, stage_.image.scope.ArgValues());
  const std::string summary =
      run.script ? fmt::format(" ({})", HeredocSummary(run.command.text)) : std::string();
  AddStep(std::move(op), std::move(created_by), summary);
}

void StagePlanner::SetPlace(RunOp& op) const {
  op.env = stage_.image.scope.environment();
  op.proxy_env = ProxyEnvironment(around_.input.build_args);
  std::erase_if(op.proxy_env, [&](const std::string& variable) {
    return oci::FindEnv(op.env, variable.substr(0, variable.find('='))).has_value();
  });
  // As written, for the kernel to walk: "/c/d/.." wants a directory /c/d.
  const std::string& written = stage_.image.config.config.working_dir;
  op.working_directory = written.starts_with('/') ? written : WorkingDirectoryOf(stage_.image);
  op.user = stage_.image.config.config.user;
  op.platform = stage_.platform;
  const std::string hostname = ControlText(around_.input.build_args, kSandboxHostnameArg);
  if (!hostname.empty()) op.hostname = hostname;
}

void StagePlanner::SetCommand(RunOp& op, const parser::Run& run) const {
  if (!run.interpreted) {
    op.argv = ArgvOf(stage_.image, run.command);
    return;
  }
  const std::string name = run.heredocs.front().marker.name;
  const std::string file = name.substr(name.find_last_of('/') + 1);
  op.scripts.push_back({file, run.command.text});
  op.argv = {std::string(kScriptDirectory) + file};
}

void StagePlanner::SetModes(RunOp& op, const parser::Run& run) const {
  const PlanInput& input = around_.input;
  op.network = run.network ? ModeOf(*run.network) : input.network;
  const bool host_allowed = input.allow_host_network || input.network == NetworkMode::kHost;
  if (op.network == NetworkMode::kHost && !host_allowed) FailForEntitlement("network.host");
  if (run.security == parser::SecurityMode::kInsecure) {
    if (!input.allow_insecure) FailForEntitlement("security.insecure");
    op.security = SecurityMode::kInsecure;
  }
}

// There is no registry of devices here, so none is ever found: an optional one is left out, as
// Docker does with a device that a machine does not have.
void StagePlanner::CheckDevices(const parser::Run& run) {
  for (const parser::DeviceRequest& device : run.devices) {
    if (device.required) {
      throw Error(
          ErrorKind::kUnsupported,
          fmt::format("device {} is required, and devices are not supported", Quote(device.name)))
          .WithHint("drop `,required` if the command can do without it");
    }
    Warn("DeviceNotFound", fmt::format("device {} is not available", Quote(device.name)),
         "devices are not supported; the command runs without it");
  }
}

void StagePlanner::AddMounts(RunOp& op, const parser::Run& run) const {
  const StageScope& scope = stage_.image.scope;
  std::vector<parser::RunMount> mounts;
  for (const parser::Word& mount : run.mounts) {
    mounts.push_back(parser::ParseRunMount(
        mount.text, [&](std::string_view value) { return scope.Expand(value); }));
  }
  const StageGraph& stages = around_.stages;
  const auto files_of = [&](std::string_view name, std::string_view target) {
    return around_.files_of(stages.FindForMount(name, target, around_.stage));
  };
  op.mounts = MakeRunMounts(
      mounts, {WorkingDirectoryOf(stage_.image),
               ControlText(around_.input.build_args, kCacheMountNamespaceArg), files_of});
}

}  // namespace ibuild::builder
