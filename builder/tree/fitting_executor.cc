#include "builder/tree/fitting_executor.h"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <utility>

#include "builder/tree/tree_executor.h"
#include "sandbox/process/chroot_executor.h"
#include "sandbox/process/namespace_executor.h"
#include "sandbox/process/refusals.h"

namespace ibuild::builder {

FittingExecutor::FittingExecutor(Reporter& reporter, Isolation isolation,
                                 std::function<const PrivilegeReport&()> privilege,
                                 std::function<std::filesystem::path()> new_path)
    : reporter_(reporter),
      isolation_(isolation),
      privilege_(std::move(privilege)),
      new_path_(std::move(new_path)) {}

FittingExecutor::~FittingExecutor() = default;

ExecutionResult FittingExecutor::Run(const SandboxSpec& spec, const ProcessIo& io,
                                     std::stop_token stop) {
  for (;;) {
    const auto [way, executor] = Current();
    try {
      return executor->Run(spec, io, stop);
    } catch (const OverlayRefused& refused) {
      if (way != Way::kOverlay) throw;
      StepDown(way, Way::kTree, refused);
    } catch (const NamespacesRefused& refused) {
      if (way == Way::kChroot || isolation_ == Isolation::kNamespaces || geteuid() != 0) throw;
      StepDown(way, Way::kChroot, refused);
    }
  }
}

std::pair<FittingExecutor::Way, std::shared_ptr<Executor>> FittingExecutor::Current() {
  const std::lock_guard lock(mutex_);
  if (!executor_) {
    way_ = FirstWay();
    executor_ = Make(way_);
  }
  return {way_, executor_};
}

FittingExecutor::Way FittingExecutor::FirstWay() {
  const PrivilegeReport& report = privilege_();
  const bool may_change_root =
      report.privilege == Privilege::kRoot || report.privilege == Privilege::kContainerRoot;
  if (isolation_ == Isolation::kChroot) {
    if (may_change_root) return Way::kChroot;
    throw Error(ErrorKind::kUnsupported, "--isolation=chroot is for root, real or a container's")
        .WithHint("leave the option out: what fits is found by trying");
  }
  if (report.CanMakeNamespaces()) return Way::kOverlay;
  if (report.privilege == Privilege::kContainerRoot && isolation_ == Isolation::kAuto) {
    reporter_.Log(LogLevel::kWarning,
                  fmt::format("steps run by chroot, without namespaces: {} ({})", report.reason,
                              report.hint));
    return Way::kChroot;
  }
  throw Error(ErrorKind::kUnsupported, "no command can be run here: " + report.reason)
      .WithHint(report.hint);
}

void FittingExecutor::StepDown(Way from, Way to, const Error& reason) {
  const std::lock_guard lock(mutex_);
  if (way_ != from) return;
  reporter_.Log(LogLevel::kWarning,
                fmt::format("steps run {}: {} ({})",
                            to == Way::kTree ? "on copies of their files, which takes longer"
                                             : "by chroot, without namespaces",
                            reason.message(), reason.hint()));
  executor_ = Make(to);
  way_ = to;
}

// By chroot nothing can be mounted over the copies: what their file system forbids, stays so.
void FittingExecutor::CheckPlaceOfTrees() const {
  constexpr std::string_view kElsewhere =
      "put it elsewhere with --root DIR, or in Docker on a volume or on --tmpfs DIR:exec,dev";
  struct statvfs place = {};
  const std::filesystem::path trees = new_path_().parent_path();
  if (::statvfs(trees.c_str(), &place) != 0) return;
  if ((place.f_flag & ST_NOEXEC) != 0) {
    throw Error(ErrorKind::kUnsupported,
                "no command can be run here: the store is on a file system that is mounted with "
                "noexec, and steps are run by chroot")
        .WithHint(std::string(kElsewhere));
  }
  if ((place.f_flag & ST_NODEV) == 0) return;
  reporter_.Log(LogLevel::kWarning,
                fmt::format("steps cannot open /dev/null and its kin: the store is on a file "
                            "system that is mounted with nodev ({})",
                            kElsewhere));
}

std::shared_ptr<Executor> FittingExecutor::Make(Way way) {
  if (way == Way::kOverlay) return std::make_shared<NamespaceExecutor>(reporter_);
  if (way == Way::kTree) {
    return std::make_shared<TreeExecutor>(std::make_unique<NamespaceExecutor>(reporter_),
                                          Furnishing::kMounted, new_path_);
  }
  CheckPlaceOfTrees();
  return std::make_shared<TreeExecutor>(std::make_unique<ChrootExecutor>(), Furnishing::kPlaced,
                                        new_path_);
}

}  // namespace ibuild::builder
