// What the store costs: opening it and reading a record are part of every fully cached build.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "layers/store/store.h"
#include "oci/media_type.h"
#include "support/files.h"

namespace ibuild::layers {
namespace {

const std::string kKey(64, 'a');
constexpr int kLayers = 10;

// On the disk that TMPDIR names: figures differ between disk and memory.
struct FilledStore {
  FilledStore() : directory(std::filesystem::temp_directory_path(), "ibuild-bench-") {
    Store store = Store::Open(root());
    store.WriteRecord(kKey, std::string(400, 'x'));
    for (int i = 0; i < kLayers; ++i) layers.push_back(Commit(store, std::to_string(i)));
    const std::string manifest = "{}";
    image = oci::DescriptorOf(std::string(oci::kOciManifest), manifest);
    StringSource source(manifest);
    store.blobs().Put(image, source);
    store.names().Set({{name, image}});
  }

  static oci::DiffId Commit(Store& store, const std::string& content) {
    StagedLayer staged = store.layer_directories().Stage();
    WriteFileAtomically(staged.upper() / "file", content);
    NullSink nowhere;
    const PackedLayer packed = PackDirectory(staged.upper(), {}, nowhere);
    store.layer_directories().Commit(std::move(staged), packed);
    return packed.diff_id;
  }

  std::filesystem::path root() const { return directory.path() / "store"; }

  TempDir directory;
  std::vector<oci::DiffId> layers;
  oci::Reference name = oci::Reference::Parse("user/app:v1");
  oci::Descriptor image = oci::DescriptorOf("", "");
};

const FilledStore& Filled() {
  static const FilledStore filled;
  return filled;
}

void OpenAndReadARecord(benchmark::State& state) {
  const auto root = Filled().root();
  for (auto _ : state) benchmark::DoNotOptimize(Store::Open(root).ReadRecord(kKey));
}
BENCHMARK(OpenAndReadARecord);

void OpenAndPin(benchmark::State& state) {
  const auto root = Filled().root();
  for (auto _ : state) Store::Open(root).Lease(Filled().image.digest);
}
BENCHMARK(OpenAndPin);

void FindAStackOfTen(benchmark::State& state) {
  Store store = Store::Open(Filled().root());
  for (auto _ : state) {
    benchmark::DoNotOptimize(store.layer_directories().FindStack(Filled().layers));
  }
}
BENCHMARK(FindAStackOfTen);

void SetANameThatIsSet(benchmark::State& state) {
  Store store = Store::Open(Filled().root());
  for (auto _ : state) store.names().Set({{Filled().name, Filled().image}});
}
BENCHMARK(SetANameThatIsSet);

void CommitALayerOfOneFile(benchmark::State& state) {
  Store store = Store::Open(Filled().root());
  int number = 0;
  for (auto _ : state) FilledStore::Commit(store, "commit " + std::to_string(number++));
}
BENCHMARK(CommitALayerOfOneFile);

void PutASmallBlob(benchmark::State& state) {
  Store store = Store::Open(Filled().root());
  int number = 0;
  for (auto _ : state) {
    const std::string text = "blob " + std::to_string(number++);
    StringSource source(text);
    store.blobs().Put(oci::DescriptorOf("", text), source);
  }
}
BENCHMARK(PutASmallBlob);

}  // namespace
}  // namespace ibuild::layers
