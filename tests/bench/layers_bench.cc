// What the layers room costs, beside the limits that the machine sets: hashing the same bytes,
// stat of the same files, and the codec's own speed on one core.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "layers/apply/layer_applier.h"
#include "layers/compress/codec.h"
#include "layers/diff/overlay_upper.h"
#include "layers/pack/layer_packer.h"
#include "layers/tree/layered_tree.h"
#include "support/files.h"
#include "support/sha256.h"

namespace ibuild::layers {
namespace {

namespace fs = std::filesystem;

constexpr int kFiles = 20'000;
constexpr std::size_t kFileSize = 7'000;  // 140 MB in all
constexpr std::size_t kLargeFile = 1 << 30;

std::string SomeBytes(std::size_t size) {
  std::mt19937_64 random(7);
  std::string bytes;
  bytes.reserve(size + 64);
  while (bytes.size() < size) bytes += "line " + std::to_string(random() % 100'000) + "\n";
  bytes.resize(size);
  return bytes;
}

void Put(const fs::path& path, std::string_view content) {
  fs::create_directories(path.parent_path());
  const UniqueFd file = OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  WriteAll(file.get(), content);
}

std::string NameOf(int file) {
  return "usr/share/pkg" + std::to_string(file / 20) + "/file" + std::to_string(file);
}

// Five layers with the files spread over them, one large file, and what packing makes of the first.
struct Trees {
  Trees() : temp(fs::temp_directory_path(), "ibuild-bench-") {
    const std::string content = SomeBytes(kFileSize);
    for (int file = 0; file < kFiles; ++file) {
      Put(whole() / NameOf(file), content);
      Put(layer(file % 5) / NameOf(file), "");
      names.push_back(CleanPath::Parse(NameOf(file)));
    }
    Put(large() / "file", SomeBytes(kLargeFile));
    StringSink sink;
    PackDirectory(whole(), {}, sink);
    tar = sink.text();
  }

  fs::path whole() const { return temp.path() / "whole"; }
  fs::path large() const { return temp.path() / "large"; }
  fs::path layer(int index) const { return temp.path() / std::to_string(index); }

  TempDir temp;
  std::vector<CleanPath> names;
  std::string tar;
};

const Trees& TheTrees() {
  static const auto* const trees = new std::unique_ptr<Trees>(std::make_unique<Trees>());
  // Removed at exit, which a plain static of this size would also do, but after its users.
  static const struct Cleaner {
    ~Cleaner() { const_cast<std::unique_ptr<Trees>*>(trees)->reset(); }
  } cleaner;
  return **trees;
}

void StatEveryFile(benchmark::State& state) {
  const Trees& trees = TheTrees();
  const UniqueFd root = OpenFile(trees.whole(), O_PATH | O_DIRECTORY);
  struct stat file;
  for (auto _ : state) {
    for (const CleanPath& name : trees.names) {
      ::fstatat(root.get(), name.text().c_str(), &file, AT_SYMLINK_NOFOLLOW);
    }
  }
}
BENCHMARK(StatEveryFile)->Unit(benchmark::kMillisecond);

void FindInFiveLayers(benchmark::State& state) {
  const Trees& trees = TheTrees();
  for (auto _ : state) {
    const LayeredTree tree(
        {trees.layer(0), trees.layer(1), trees.layer(2), trees.layer(3), trees.layer(4)});
    for (const CleanPath& name : trees.names) benchmark::DoNotOptimize(tree.Find(name));
  }
}
BENCHMARK(FindInFiveLayers)->Unit(benchmark::kMillisecond);

void HashTheSameBytes(benchmark::State& state) {
  const Trees& trees = TheTrees();
  for (auto _ : state) benchmark::DoNotOptimize(Sha256::Of(trees.tar));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(trees.tar.size()));
}
BENCHMARK(HashTheSameBytes)->Unit(benchmark::kMillisecond);

void PackManyFiles(benchmark::State& state) {
  const Trees& trees = TheTrees();
  NullSink nowhere;
  for (auto _ : state) benchmark::DoNotOptimize(PackDirectory(trees.whole(), {}, nowhere));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(trees.tar.size()));
}
BENCHMARK(PackManyFiles)->Unit(benchmark::kMillisecond);

void PackOneLargeFile(benchmark::State& state) {
  const Trees& trees = TheTrees();
  NullSink nowhere;
  for (auto _ : state) benchmark::DoNotOptimize(PackDirectory(trees.large(), {}, nowhere));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLargeFile));
}
BENCHMARK(PackOneLargeFile)->Unit(benchmark::kMillisecond);

void UnpackManyFiles(benchmark::State& state) {
  const Trees& trees = TheTrees();
  for (auto _ : state) {
    auto target = std::make_unique<TempDir>(trees.temp.path(), "apply-");
    StringSource source(trees.tar);
    ApplyLayer(source, target->path(), LayeredTree({}));
    state.PauseTiming();
    target.reset();
    state.ResumeTiming();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(trees.tar.size()));
}
BENCHMARK(UnpackManyFiles)->Unit(benchmark::kMillisecond);

void CompressTar(benchmark::State& state) {
  const Trees& trees = TheTrees();
  const CompressionChoice choice{static_cast<oci::Compression>(state.range(0)), {}};
  NullSink nowhere;
  for (auto _ : state) {
    const auto sink = Compress(choice, nowhere);
    sink->Write(AsBytes(trees.tar));
    sink->Finish();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(trees.tar.size()));
}
BENCHMARK(CompressTar)
    ->ArgName("codec")
    ->Arg(static_cast<int>(oci::Compression::kGzip))
    ->Arg(static_cast<int>(oci::Compression::kZstd))
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void DecompressTar(benchmark::State& state) {
  const Trees& trees = TheTrees();
  StringSink packed;
  const auto sink = Compress({static_cast<oci::Compression>(state.range(0)), {}}, packed);
  sink->Write(AsBytes(trees.tar));
  sink->Finish();
  NullSink nowhere;
  for (auto _ : state) {
    const auto source = Decompress(std::make_unique<StringSource>(packed.text()));
    Copy(*source, nowhere);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(trees.tar.size()));
}
BENCHMARK(DecompressTar)
    ->ArgName("codec")
    ->Arg(static_cast<int>(oci::Compression::kGzip))
    ->Arg(static_cast<int>(oci::Compression::kZstd))
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ibuild::layers
