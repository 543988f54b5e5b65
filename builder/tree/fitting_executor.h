// The Executor that fits the place: found by trying when the first step runs, from best to worst.
//
//   namespaces, overlayfs on the store's directories
//   namespaces, a plain tree        where the store's file system takes no overlay
//   chroot, a plain tree            for a container's root who may make no namespaces
//
// A way that is not the best is said once, with what would help. May be used from several threads.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

#include "sandbox/executor.h"
#include "sandbox/host/user_namespace.h"
#include "support/error.h"
#include "support/report.h"

namespace ibuild::builder {

enum class Isolation { kAuto, kNamespaces, kChroot };

class FittingExecutor final : public Executor {
 public:
  // `privilege`: where EnterUserNamespace came to. `new_path`: a path in the store that nothing
  // has.
  FittingExecutor(Reporter& reporter, Isolation isolation,
                  std::function<const PrivilegeReport&()> privilege,
                  std::function<std::filesystem::path()> new_path);
  ~FittingExecutor() override;

  // Throws kUnsupported, with the setting that would help, where no command can be run.
  ExecutionResult Run(const SandboxSpec& spec, const ProcessIo& io, std::stop_token stop) override;

 private:
  enum class Way { kUnknown, kOverlay, kTree, kChroot };

  std::pair<Way, std::shared_ptr<Executor>> Current();
  Way FirstWay();
  // Goes on to the next way unless another thread did already.
  void StepDown(Way from, Way to, const Error& reason);
  std::shared_ptr<Executor> Make(Way way);
  void CheckPlaceOfTrees() const;

  Reporter& reporter_;
  const Isolation isolation_;
  const std::function<const PrivilegeReport&()> privilege_;
  const std::function<std::filesystem::path()> new_path_;
  std::mutex mutex_;
  Way way_ = Way::kUnknown;
  std::shared_ptr<Executor> executor_;
};

}  // namespace ibuild::builder
