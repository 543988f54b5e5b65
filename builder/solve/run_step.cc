// RUN as a step.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <utility>

#include "builder/explain/output_file.h"
#include "builder/solve/log_tail.h"
#include "builder/solve/run_mounts.h"
#include "builder/solve/step.h"
#include "layers/diff/overlay_upper.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string Describe(const ResourceUsage& usage) {
  std::string text = fmt::format("{:.2f} s, processor {:.2f} s", Seconds(usage.wall),
                                 Seconds(usage.cpu_user + usage.cpu_system));
  if (usage.peak_memory != 0) text += ", peak memory " + FormatByteSize(usage.peak_memory);
  return text;
}

void Measure(const ExecutionResult& result, Activity& activity) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  const ResourceUsage& usage = result.usage;
  activity.Measure("exit_code", result.status.ShellCode());
  activity.Measure("cpu_milliseconds",
                   duration_cast<milliseconds>(usage.cpu_user + usage.cpu_system).count());
  if (usage.peak_memory != 0) {
    activity.Measure("peak_memory_bytes", static_cast<std::int64_t>(usage.peak_memory));
  }
}

std::string NameOf(std::string_view host_line) {
  const std::size_t tab = host_line.find('\t');
  return std::string(host_line.substr(tab == std::string_view::npos ? 0 : tab + 1));
}

// Directories that the sandbox mounts on stay in the layer when the image lacks them, as Docker
// leaves them.
void KeepMountPoints(const std::filesystem::path& upper, const layers::LayeredTree& below) {
  for (const char* name : {"dev", "proc", "sys"}) {
    if (below.Find(CleanPath::Parse(name))) continue;
    MakeDirectories(upper / name);
    std::filesystem::permissions(upper / name, std::filesystem::perms(0755));  // whatever the umask
  }
}

class RunStep final : public Step {
 public:
  RunStep(const SolveContext& context, VertexId vertex, const RunOp& op)
      : context_(context),
        vertex_(context.graph.vertices[vertex]),
        id_(vertex),
        base_(vertex_.inputs.at(0)),
        op_(op),
        mounts_(context, vertex_, op) {}

  KeyInputs ReadInputs() override {
    const StepOptions& options = context_.request.steps;
    KeyInputs inputs = BeginInputs(context_);
    inputs.state = context_.files.LayersOf(base_);
    inputs.contents = mounts_.ContentKeys();
    inputs.shm_size = options.shm_size;
    inputs.ulimits = options.ulimits;
    for (const std::string& host : options.extra_hosts) {
      inputs.extra_host_names.push_back(NameOf(host));
    }
    return inputs;
  }

  void KeepListings() override { mounts_.KeepListings(); }

  void Execute(const layers::StagedLayer& staged, Activity& activity,
               std::stop_token stop) override {
    const auto below = context_.files.TreeOf(base_);
    SandboxSpec spec = MakeSpec(staged);
    mounts_.AddTo(spec, stop);
    LogTail tail;
    OutputFile kept(context_.journal.OutputPath(id_));
    ProcessIo io;
    io.output = [&](std::string_view bytes) {
      tail.Add(bytes);
      kept.Write(bytes);
      activity.Output(bytes);
    };
    const ExecutionResult result = context_.ports.executor.Run(spec, io, stop);
    activity.Note(Describe(result.usage));
    Measure(result, activity);
    if (!result.status.Success()) Fail(result, tail, activity);
    if (result.usage.oom_kills != 0) activity.Note("warning: " + OutOfMemory(result.usage));
    layers::NormalizeUpper(staged.upper(), *below);
    KeepMountPoints(staged.upper(), *below);
    context_.times.Settle(staged.upper());
  }

 private:
  SandboxSpec MakeSpec(const layers::StagedLayer& staged) const {
    const StepOptions& options = context_.request.steps;
    SandboxSpec spec;
    spec.root.lowers = context_.files.DirectoriesOf(base_);
    spec.root.upper = staged.upper();
    spec.root.work = staged.work();
    spec.argv = op_.argv;
    spec.env = op_.env;
    spec.env.insert(spec.env.end(), op_.proxy_env.begin(), op_.proxy_env.end());
    spec.working_directory = op_.working_directory;
    spec.user = op_.user;
    spec.hostname = op_.hostname;
    spec.extra_hosts = options.extra_hosts;
    spec.network = op_.network;
    spec.security = op_.security;
    spec.limits = options.limits;
    spec.shm_size = options.shm_size;
    spec.ulimits = options.ulimits;
    spec.stop_timeout = options.stop_timeout;
    spec.shared_proc_allowed = options.entitlements.shared_proc;
    return spec;
  }

  std::string OutOfMemory(const ResourceUsage& usage) const {
    const auto limit = context_.request.steps.limits.memory_bytes;
    std::string text = fmt::format("{} process{} killed for want of memory", usage.oom_kills,
                                   usage.oom_kills == 1 ? "" : "es");
    if (limit) text += ": the limit is " + FormatByteSize(*limit);
    if (usage.peak_memory != 0) text += ", the peak was " + FormatByteSize(usage.peak_memory);
    return text;
  }

  [[noreturn]] void Fail(const ExecutionResult& result, const LogTail& tail,
                         Activity& activity) const {
    std::string message = fmt::format("process {} did not complete successfully: exit code: {}",
                                      Quote(Join(op_.argv, " ")), result.status.ShellCode());
    const bool out_of_memory = result.usage.oom_kills != 0;
    if (out_of_memory) message += " (" + OutOfMemory(result.usage) + ")";
    const std::string log = tail.Render(vertex_.title);
    activity.Failed(log.empty() ? message : message + "\n" + log);
    Error error(ErrorKind::kStepFailed, std::move(message));
    if (out_of_memory) error.AddHint("give the step more with --memory, or make it need less");
    // Programs name a full disk in many ways ("I/O error" is one).
    const auto& root = context_.ports.store.root();
    if (IsDiskFull(root)) {
      error.AddHint("No space left on the disk of the store, " + root.string() +
                    ": `ibuild prune` removes what no image needs, and `--root DIR` puts the "
                    "store elsewhere");
    }
    throw error;
  }

  const SolveContext& context_;
  const Vertex& vertex_;
  const VertexId id_;
  const VertexId base_;
  const RunOp& op_;
  RunMounts mounts_;
};

}  // namespace

std::unique_ptr<Step> MakeRunStep(const SolveContext& context, VertexId vertex, const RunOp& op) {
  return std::make_unique<RunStep>(context, vertex, op);
}

}  // namespace ibuild::builder
