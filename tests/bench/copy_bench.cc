// COPY against its limit in one run: `cp -a` of the same tree and reading it once through SHA-256.
// The wish is a ratio of at most 1.5. Also: asking whether a context of that size has changed.
//
//   copy_bench --benchmark_counters_tabular=true
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>

#include "builder/context/directory_tree.h"
#include "builder/context/stat_index.h"
#include "builder/copy/copy_files.h"
#include "layers/pack/layer_packer.h"
#include "support/files.h"
#include "support/process.h"
#include "tests/scratch_dir.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double Seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

// `files` files of `size` bytes in directories of fifty.
void MakeContext(const fs::path& root, int files, std::size_t size) {
  const std::string content(size, 'x');
  for (int i = 0; i < files; ++i) {
    const fs::path directory = root / fmt::format("d{}/s{}", i % 20, i / 50);
    MakeDirectories(directory);
    WriteFileAtomically(directory / fmt::format("f{}", i), content);
  }
}

// What a COPY that misses the cache does: digest of the content, copy, canonical tar.
void CopyOnce(const fs::path& context, const fs::path& upper) {
  StatIndex index;
  auto tree = std::make_shared<const DirectoryTree>(context, index);
  auto selection = SelectFiles(*tree, {".", false, {}});
  benchmark::DoNotOptimize(DigestSelection(*tree, selection));
  const layers::LayeredTree below({});
  UpperWriter target(upper, below);
  CopyRequest request;
  request.sources.push_back(TreeSelection{tree, std::move(selection)});
  request.destination = "/x/";
  CopyFiles(request, target);
  target.Finish();
  NullSink nowhere;
  benchmark::DoNotOptimize(layers::PackDirectory(upper, {}, nowhere).size);
}

void HashAll(const fs::path& root) {
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    benchmark::DoNotOptimize(HashFile(OpenFile(entry.path(), O_RDONLY).get()));
  }
}

// The limit: what everybody who copies and names a tree has to do at least.
void CopyAndHashByHand(const fs::path& context, const fs::path& target) {
  ProcessSpec spec;
  spec.argv = {"cp", "-a", context.string(), target.string()};
  RunProcess(spec);
  HashAll(context);
}

void BM_CopyAgainstCp(benchmark::State& state) {
  const ScratchDir scratch;
  const fs::path context = scratch.path() / "context";
  MakeContext(context, static_cast<int>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  double ours = 0;
  double limit = 0;
  for (auto _ : state) {
    const TempDir work(scratch.path());
    const fs::path upper = work.path() / "upper";
    MakeDirectories(upper);
    const auto begin = Clock::now();
    CopyOnce(context, upper);
    const auto middle = Clock::now();
    CopyAndHashByHand(context, work.path() / "cp");
    const auto end = Clock::now();
    ours += Seconds(middle - begin);
    limit += Seconds(end - middle);
    state.SetIterationTime(Seconds(middle - begin));
  }
  state.counters["ratio"] = ours / limit;
}
BENCHMARK(BM_CopyAgainstCp)
    ->Args({20'000, 7'000})
    ->Args({1, 1 << 30})
    ->UseManualTime()
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);

// The second look at an unchanged context: stat(2) for every file and nothing else.
void BM_UnchangedContext(benchmark::State& state) {
  const ScratchDir scratch;
  MakeContext(scratch.path(), static_cast<int>(state.range(0)), 100);
  StatIndex first;
  {
    const DirectoryTree tree(scratch.path(), first);
    benchmark::DoNotOptimize(DigestSelection(tree, SelectFiles(tree, {".", false, {}})));
  }
  for (auto _ : state) {
    const DirectoryTree tree(scratch.path(), first);
    benchmark::DoNotOptimize(DigestSelection(tree, SelectFiles(tree, {".", false, {}})));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_UnchangedContext)->Arg(20'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ibuild::builder
