// RunMounts: the --mount options of one RUN, from what they name to what the sandbox mounts.
//
// Holds what the mounts need while the step runs: scratch directories, locks on cache volumes.
#pragma once

#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/secrets/ssh_forward.h"
#include "builder/solve/chosen_files.h"
#include "builder/solve/step.h"
#include "layers/store/cache_mounts.h"
#include "layers/store/store.h"
#include "sandbox/spec/spec.h"

namespace ibuild::builder {

class RunMounts {
 public:
  // `vertex`: the one that does `op`.
  RunMounts(const SolveContext& context, const Vertex& vertex, const RunOp& op)
      : context_(context), vertex_(vertex), op_(op) {}

  // By index of RunOp::mounts, for KeyInputs::contents.
  std::vector<std::string> ContentKeys();
  // See Step::KeepListings.
  void KeepListings();
  // Adds mounts and environment. Waits for cache volumes that others have locked.
  void AddTo(SandboxSpec& spec, std::stop_token stop);

 private:
  struct Adder;
  std::filesystem::path NewDirectory();
  ChosenFiles Choose(const FileInput& from, const std::string& source) const;
  OverlayMount ViewOf(const BindRunMount& mount);
  layers::CacheMountRequest RequestFor(const CacheRunMount& mount) const;
  void TakeVolumes(const std::stop_token& stop);
  std::string IdentityOf(const CacheRunMount& mount) const;
  bool FillFromCaches(const std::string& identity, const std::filesystem::path& directory,
                      const std::string& name) const;
  void BringNewer(const std::string& identity) const;
  void SayNotBrought(const std::string& why) const;

  const SolveContext& context_;
  const Vertex& vertex_;
  const RunOp& op_;
  // Looked at once, for the key: what is mounted later must be what was looked at.
  std::map<const BindRunMount*, ChosenFiles> bound_;
  std::vector<layers::StagedLayer> directories_;
  std::vector<layers::CacheMount> volumes_;  // of the cache mounts, in their order
  std::list<SshForward> agents_;
};

}  // namespace ibuild::builder
