// What a RUN step costs beside its command: a trivial program in a full sandbox, against the same
// program cloned and executed bare. Needs root and /bin/busybox (package busybox-static).
#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "sandbox/host/user_namespace.h"
#include "sandbox/process/namespace_executor.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

// Layers with busybox at the bottom, on a file system in memory: the disk is not what is measured.
class Layers {
 public:
  explicit Layers(int count) : directory_("/dev/shm", "sandbox-bench-") {
    for (int i = 0; i < count; ++i) {
      lowers_.push_back(directory_.path() / std::to_string(i));
      fs::create_directories(lowers_.back() / "bin");
    }
    fs::copy_file("/bin/busybox", lowers_.front() / "bin/true");
  }

  // A spec with a fresh upper directory; Clean() removes it.
  SandboxSpec True() const {
    SandboxSpec spec;
    spec.root = {.lowers = lowers_, .upper = directory_.path() / "u", .work = Work()};
    fs::create_directories(spec.root.upper);
    fs::create_directories(spec.root.work);
    spec.argv = {"/bin/true"};
    spec.env = {"PATH=/bin"};
    return spec;
  }
  void Clean() const {
    RemoveTree(directory_.path() / "u");
    RemoveTree(Work());
  }

 private:
  fs::path Work() const { return directory_.path() / "w"; }

  TempDir directory_;
  std::vector<fs::path> lowers_;
};

// On a machine with other work the least of many runs says most about the program.
void RepeatForMinimum(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseRealTime()
      ->Unit(benchmark::kMicrosecond)
      ->Iterations(1)
      ->Repetitions(200)
      ->ReportAggregatesOnly()
      ->ComputeStatistics("min", [](const std::vector<double>& values) {
        return *std::min_element(values.begin(), values.end());
      });
}

void BareProcess(benchmark::State& state) {
  const Layers layers(1);
  const std::string program = layers.True().root.lowers.front() / "bin/true";
  for (auto _ : state) {
    const pid_t pid = vfork();
    if (pid == 0) {
      execl(program.c_str(), "true", nullptr);
      _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, 0);
  }
}
BENCHMARK(BareProcess)->Apply(RepeatForMinimum);

void RunStep(benchmark::State& state, NetworkMode network, ResourceLimits limits) {
  const Layers layers(static_cast<int>(state.range(0)));
  SilentReporter reporter;
  NamespaceExecutor executor(reporter);
  for (auto _ : state) {
    state.PauseTiming();
    SandboxSpec spec = layers.True();
    spec.network = network;
    spec.limits = limits;
    state.ResumeTiming();
    executor.Run(spec, {}, {});
    state.PauseTiming();
    layers.Clean();
    state.ResumeTiming();
  }
}
BENCHMARK_CAPTURE(RunStep, host_network, NetworkMode::kHost, ResourceLimits{})
    ->ArgName("layers")
    ->Arg(1)
    ->Arg(5)
    ->Arg(100)
    ->Apply(RepeatForMinimum);
BENCHMARK_CAPTURE(RunStep, no_network, NetworkMode::kNone, ResourceLimits{})
    ->ArgName("layers")
    ->Arg(5)
    ->Apply(RepeatForMinimum);
BENCHMARK_CAPTURE(RunStep, own_network, NetworkMode::kDefault, ResourceLimits{})
    ->ArgName("layers")
    ->Arg(5)
    ->Apply(RepeatForMinimum);
BENCHMARK_CAPTURE(RunStep, limited, NetworkMode::kHost,
                  ResourceLimits{.memory_bytes = 256u << 20, .cpus = {}, .pids = {}})
    ->ArgName("layers")
    ->Arg(5)
    ->Apply(RepeatForMinimum);

}  // namespace
}  // namespace ibuild::builder

int main(int argc, char** argv) {
  ibuild::builder::EnterUserNamespace();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
