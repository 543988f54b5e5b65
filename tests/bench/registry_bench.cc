// What the registry room costs: against Debian's docker-registry over TLS with token
// authentication, and in the parsers that see every answer.
//
// One layer of 60 MB that does not compress. CPU time is ours alone; the registry is another
// process, the token server a thread of this one.
#include <benchmark/benchmark.h>

#include "registry/auth/challenge.h"
#include "registry/client/registry_client.h"
#include "registry/transfer/pull.h"
#include "registry/transfer/push.h"
#include "support/files.h"
#include "tests/fakes/docker_registry.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/registry_model.h"

namespace ibuild::registry {
namespace {

constexpr std::size_t kLayerSize = 60'000'000;

std::string Noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

// Reads and forgets: what is left is the wire and the digest.
class ForgetfulStore final : public oci::BlobStore {
 public:
  bool Has(const oci::Digest&) override { return false; }
  std::unique_ptr<ByteSource> Open(const oci::Descriptor& descriptor) override {
    return small_.Open(descriptor);
  }
  void Put(const oci::Descriptor& descriptor, ByteSource& content) override {
    if (descriptor.size < 1'000'000) return small_.Put(descriptor, content);
    NullSink sink;
    Copy(content, sink);
  }

 private:
  fakes::MemoryStore small_;
};

struct Rig {
  Rig() {
    fakes::IssuerSettings issuer;
    issuer.users = {{"u", "p"}};
    registry = std::make_unique<fakes::DockerRegistry>(files.path(), issuer);
    Push("u/app:1");
  }

  RegistrySettings Settings() const {
    RegistrySettings settings;
    settings.ca_files = {registry->authority()};
    settings.certificate_directories = {"/nonexistent"};
    settings.credentials.given = Credential{"u", Secret("p"), {}, {}, "bench"};
    return settings;
  }

  oci::Reference Name(const std::string& rest) const {
    return oci::Reference::Parse(registry->Host() + "/" + rest);
  }

  PushReceipt Push(const std::string& name) {
    RegistryClient client(Settings(), reporter);
    return registry::Push({Name(name), image.manifest}, store, client, reporter);
  }

  TempDir files{std::filesystem::temp_directory_path(), "ibuild-bench-"};
  SilentReporter reporter;
  fakes::SampleImage image = fakes::MakeSampleImage({Noise(kLayerSize)});
  fakes::MemoryStore store{image.bytes};
  std::unique_ptr<fakes::DockerRegistry> registry;
};

Rig& TheRig() {
  static Rig rig;
  return rig;
}

void BM_PullLayer(benchmark::State& state) {
  Rig& rig = TheRig();
  for (auto _ : state) {
    RegistryClient client(rig.Settings(), rig.reporter);
    ForgetfulStore store;
    Pull({rig.Name("u/app:1"), std::nullopt}, client, store, rig.reporter);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLayerSize));
}
BENCHMARK(BM_PullLayer)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

void BM_PushUnchanged(benchmark::State& state) {
  Rig& rig = TheRig();
  for (auto _ : state) rig.Push("u/app:1");
}
BENCHMARK(BM_PushUnchanged)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

void BM_PushNewRepository(benchmark::State& state) {
  Rig& rig = TheRig();
  int number = 0;
  for (auto _ : state) rig.Push("u/new" + std::to_string(number++) + RandomHex(4) + ":1");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLayerSize));
}
BENCHMARK(BM_PushNewRepository)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Iterations(5);

void BM_ParseChallenges(benchmark::State& state) {
  const std::vector<std::string> values = {
      R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",)"
      R"(scope="repository:library/debian:pull")"};
  for (auto _ : state) benchmark::DoNotOptimize(ParseChallenges(values));
}
BENCHMARK(BM_ParseChallenges);

}  // namespace
}  // namespace ibuild::registry
