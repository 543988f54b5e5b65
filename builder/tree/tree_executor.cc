#include "builder/tree/tree_executor.h"

#include <utility>

#include "sandbox/process/refusals.h"
#include "sandbox/spec/compile_setup.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kMostIdle = 4;  // each is a whole file system on disk

}  // namespace

TreeExecutor::TreeExecutor(std::unique_ptr<Executor> inner, Furnishing furnishing,
                           std::function<std::filesystem::path()> new_path)
    : inner_(std::move(inner)), furnishing_(furnishing), new_path_(std::move(new_path)) {}

TreeExecutor::~TreeExecutor() = default;

ExecutionResult TreeExecutor::Run(const SandboxSpec& spec, const ProcessIo& io,
                                  std::stop_token stop) {
  std::unique_ptr<PrivateTree> tree = Take(spec.root.lowers);
  tree->Advance(spec.root.lowers);
  SandboxSpec inner = spec;
  inner.root = TreeRoot(tree->path());
  Placements placements(*tree);
  ExecutionResult result;
  if (furnishing_ == Furnishing::kMounted) {
    result = RunMounted(placements, std::move(inner), io, stop);
  } else {
    placements.PutAll(inner);
    inner.mounts.clear();
    result = inner_->Run(inner, io, stop);
  }
  placements.Undo();
  if (spec.root.upper.empty()) return result;
  tree->TakeChanges(spec.root.upper);
  if (result.status.Success()) GiveBack(std::move(tree));
  return result;
}

// Where no overlay can be written to, one to be read may still be had; but not where file systems
// are stacked too high.
ExecutionResult TreeExecutor::RunMounted(Placements& placements, SandboxSpec spec,
                                         const ProcessIo& io, const std::stop_token& stop) {
  placements.CopyViews(&spec, !mounts_views_);
  placements.MakeMountPoints(spec);
  try {
    return inner_->Run(spec, io, stop);
  } catch (const OverlayRefused&) {  // nothing has run yet
    if (!placements.CopyViews(&spec, true)) throw;
    mounts_views_ = false;
    return inner_->Run(spec, io, stop);
  }
}

std::unique_ptr<PrivateTree> TreeExecutor::Take(const std::vector<std::filesystem::path>& layers) {
  const std::lock_guard lock(mutex_);
  auto best = idle_.end();
  for (auto tree = idle_.begin(); tree != idle_.end(); ++tree) {
    if (!(*tree)->IsPrefixOf(layers)) continue;
    if (best == idle_.end() || (*best)->layers().size() < (*tree)->layers().size()) best = tree;
  }
  if (best == idle_.end()) return std::make_unique<PrivateTree>(new_path_());
  std::unique_ptr<PrivateTree> found = std::move(*best);
  idle_.erase(best);
  return found;
}

void TreeExecutor::GiveBack(std::unique_ptr<PrivateTree> tree) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(tree));
  if (idle_.size() > kMostIdle) idle_.erase(idle_.begin());
}

}  // namespace ibuild::builder
