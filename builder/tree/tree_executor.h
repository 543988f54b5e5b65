// An Executor for where overlayfs cannot be mounted on the store: each step runs in a plain tree
// (private_tree.h), and what it changed becomes the upper directory that an overlay would have
// left.
//
// How the command itself is run is another executor's business, in namespaces or by chroot(2).
// Trees are kept for the steps that go on from them. May be used from several threads.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "builder/tree/placements.h"
#include "builder/tree/private_tree.h"
#include "sandbox/executor.h"

namespace ibuild::builder {

// How the things that a step finds besides the image's files get there.
enum class Furnishing { kMounted, kPlaced };

class TreeExecutor final : public Executor {
 public:
  // `inner` runs specs whose root is a plain directory. `new_path` gives a path in the store that
  // nothing has.
  TreeExecutor(std::unique_ptr<Executor> inner, Furnishing furnishing,
               std::function<std::filesystem::path()> new_path);
  ~TreeExecutor() override;

  ExecutionResult Run(const SandboxSpec& spec, const ProcessIo& io, std::stop_token stop) override;

 private:
  ExecutionResult RunMounted(Placements& placements, SandboxSpec spec, const ProcessIo& io,
                             const std::stop_token& stop);
  std::unique_ptr<PrivateTree> Take(const std::vector<std::filesystem::path>& layers);
  void GiveBack(std::unique_ptr<PrivateTree> tree);

  std::unique_ptr<Executor> inner_;
  const Furnishing furnishing_;
  const std::function<std::filesystem::path()> new_path_;
  std::atomic<bool> mounts_views_ = true;  // overlays that nothing is written to
  std::mutex mutex_;
  std::vector<std::unique_ptr<PrivateTree>> idle_;
};

}  // namespace ibuild::builder
