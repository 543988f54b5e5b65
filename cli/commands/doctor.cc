#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/store.h"
#include "sandbox/host/trials.h"
#include "sandbox/network/network.h"
#include "support/environment.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using builder::Privilege;

// Something that could be better, and the command or setting that makes it so.
struct Finding {
  std::string what;
  bool is_fine = true;
  std::string consequence;
  std::vector<std::string> remedies;
};

// How the container around us was started, as far as it shows.
enum class Runner { kNone, kDocker, kPodman, kKubernetes, kGitLab, kGitHub };

Runner FindRunner() {
  const auto is_set = [](const char* name) { return GetEnvironment(name).has_value(); };
  const bool in_container = access("/.dockerenv", F_OK) == 0 ||
                            access("/run/.containerenv", F_OK) == 0 ||
                            is_set("KUBERNETES_SERVICE_HOST");
  if (!in_container) return Runner::kNone;
  if (is_set("GITLAB_CI")) return Runner::kGitLab;
  if (is_set("GITHUB_ACTIONS")) return Runner::kGitHub;
  if (is_set("KUBERNETES_SERVICE_HOST")) return Runner::kKubernetes;
  return access("/run/.containerenv", F_OK) == 0 ? Runner::kPodman : Runner::kDocker;
}

constexpr std::string_view kSecurityOptions =
    "--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt "
    "systempaths=unconfined";

// What lets a container make namespaces and a /proc of its own, in the words of who starts it.
std::vector<std::string> LooserContainer(Runner runner) {
  switch (runner) {
    case Runner::kPodman:
      return {
          "podman run --security-opt seccomp=unconfined --security-opt unmask=ALL --device "
          "/dev/net/tun …"};
    case Runner::kKubernetes:
      return {"in the pod: hostUsers: false",
              "in the container's securityContext: seccompProfile: {type: Unconfined}",
              "in the container's securityContext: procMount: Unmasked"};
    case Runner::kGitLab:
      return {
          "in the runner's config.toml, [runners.docker]: security_opt = "
          "[\"seccomp=unconfined\", \"apparmor=unconfined\", \"systempaths=unconfined\"]"};
    case Runner::kGitHub:
      return {fmt::format("in the job's container: options: {} --device /dev/net/tun",
                          kSecurityOptions)};
    case Runner::kNone:
    case Runner::kDocker:
      break;
  }
  return {fmt::format("docker run {} --device /dev/net/tun …", kSecurityOptions)};
}

std::string NameOf(const builder::PrivilegeReport& report) {
  switch (report.privilege) {
    case Privilege::kRoot:
      return "root";
    case Privilege::kSubordinateIds:
      return fmt::format("a user namespace with {} ids", report.uids.Count());
    case Privilege::kSingleId:
      return "a user namespace with one id";
    case Privilege::kContainerRoot:
      return "root of a container, by chroot";
    case Privilege::kNone:
      return "an ordinary user without namespaces";
  }
  return {};
}

std::string ConsequenceOf(Privilege privilege) {
  switch (privilege) {
    case Privilege::kSingleId:
      return "every Dockerfile builds; each change of an owner costs some microseconds more";
    case Privilege::kContainerRoot:
      return "every stage with a RUN is copied once; steps have no processes and no network of "
             "their own";
    case Privilege::kNone:
      return "COPY, ADD and settings work; a RUN is refused";
    case Privilege::kRoot:
    case Privilege::kSubordinateIds:
      break;
  }
  return {};
}

Finding ExamineIds(const builder::PrivilegeReport& report, Runner runner) {
  Finding finding{.what = "commands run as " + NameOf(report), .consequence = {}, .remedies = {}};
  if (report.reason.empty()) return finding;
  finding.is_fine = false;
  finding.consequence = report.reason + "; " + ConsequenceOf(report.privilege);
  const bool is_filter = report.hint.find("seccomp") != std::string::npos;
  if (!report.CanMakeNamespaces() && is_filter && runner != Runner::kNone) {
    finding.remedies = LooserContainer(runner);
  } else if (!report.hint.empty()) {
    finding.remedies = {report.hint};
  }
  return finding;
}

Finding ExamineOverlay(const builder::Trials& trials, const std::string& store) {
  Finding finding{.what = "overlays on the store " + store, .consequence = {}, .remedies = {}};
  if (trials.overlay.empty()) return finding;
  finding.is_fine = false;
  finding.consequence =
      trials.overlay + "; every stage with a RUN is copied once, and compared after each step";
  finding.remedies = {
      "--root DIR (or IBUILD_ROOT=DIR) on ext4, xfs, btrfs or tmpfs: in a container, "
      "a volume"};
  return finding;
}

Finding ExamineProc(const builder::Trials& trials, Runner runner) {
  Finding finding{.what = "a /proc of its own for each step", .consequence = {}, .remedies = {}};
  if (trials.proc.empty()) return finding;
  finding.is_fine = false;
  finding.consequence = trials.proc + "; steps see the outer one";
  finding.remedies = LooserContainer(runner);
  return finding;
}

Finding ExamineNetwork() {
  const builder::NetworkTool tool = builder::FindNetworkTool();
  Finding finding{.what = "network: " + builder::DescribeDefaultNetwork(tool),
                  .is_fine = tool.hint.empty(),
                  .consequence = {},
                  .remedies = {}};
  if (!finding.is_fine) finding.remedies = {tool.hint};
  return finding;
}

std::string Render(const Finding& finding) {
  std::string text = fmt::format("{:8}{}\n", finding.is_fine ? "ok" : "better", finding.what);
  if (!finding.consequence.empty()) text += fmt::format("{:8}{}\n", "", finding.consequence);
  for (const std::string& remedy : finding.remedies) {
    text += fmt::format("{:6}> {}\n", "", remedy);
  }
  return text;
}

class DoctorCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const std::filesystem::path store = wiring.store().root();
    const builder::Trials trials = builder::TryEverything(store);
    const Runner runner = FindRunner();
    std::string text = Render(ExamineIds(trials.privilege, runner));
    // Without namespaces there is nothing of this to have.
    if (trials.privilege.CanMakeNamespaces()) {
      text += Render(ExamineOverlay(trials, store.native()));
      text += Render(ExamineProc(trials, runner));
      text += Render(ExamineNetwork());
    }
    WriteStandardOutput(text);
    // A script may ask whether commands run at all.
    return trials.privilege.privilege == Privilege::kNone ? kExitFailed : kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeDoctor() { return std::make_unique<DoctorCommand>(); }

}  // namespace ibuild::cli
