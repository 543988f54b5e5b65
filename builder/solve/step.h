// Step: one vertex that makes a layer, in two halves. ReadInputs says what decides the result, for
// the cache; Execute makes the layer's files when the cache has none.
#pragma once

#include <memory>
#include <stop_token>

#include "builder/build.h"
#include "builder/cache/cache_index.h"
#include "builder/cache/cache_key.h"
#include "builder/context/contexts.h"
#include "builder/explain/journal.h"
#include "builder/graph/build_graph.h"
#include "builder/secrets/secret_store.h"
#include "builder/solve/build_times.h"
#include "builder/solve/file_systems.h"
#include "builder/solve/remote_access.h"
#include "builder/solve/renewed_volumes.h"
#include "layers/store/store.h"
#include "support/report.h"

namespace ibuild::builder {

// What the steps of one build share; all of it outlives them.
struct SolveContext {
  const BuildRequest& request;
  const BuildPorts& ports;
  const BuildGraph& graph;
  CacheIndex& cache;
  Contexts& contexts;
  FileSystems& files;
  SecretStore& secrets;
  RenewedVolumes& renewed_volumes;
  CacheExport* written;  // null: the build writes no shared cache
  Journal& journal;
  layers::PackOptions pack;
  BuildTimes times;
};

class Step {
 public:
  virtual ~Step() = default;
  // On the thread that schedules. Throws kNotFound and the like when a source is missing.
  virtual KeyInputs ReadInputs() = 0;
  // After ReadInputs, of a step that will run: keeps the listings of the files that it takes, so
  // that a later build can say which of them changed.
  virtual void KeepListings() {}
  // On any thread, once, after ReadInputs. Leaves in staged.upper() a layer directory.
  virtual void Execute(const layers::StagedLayer& staged, Activity& activity,
                       std::stop_token stop) = 0;
};

RemoteAccess RemoteAccessOf(const SolveContext& context);

// False under --no-cache, and --no-cache-filter for the vertex's stage.
bool MayUseCache(const BuildRequest& request, const Vertex& vertex);

// What every step's key begins with.
KeyInputs BeginInputs(const SolveContext& context);

// For RunOp, CopyOp and WorkdirOp.
std::unique_ptr<Step> MakeStep(const SolveContext& context, VertexId vertex);

// One per op (copy_step.cc, run_step.cc, workdir_step.cc).
std::unique_ptr<Step> MakeCopyStep(const SolveContext& context, VertexId vertex, const CopyOp& op);
std::unique_ptr<Step> MakeRunStep(const SolveContext& context, VertexId vertex, const RunOp& op);
std::unique_ptr<Step> MakeWorkdirStep(const SolveContext& context, VertexId vertex,
                                      const WorkdirOp& op);

}  // namespace ibuild::builder
