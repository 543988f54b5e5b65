// Planning and cache keys: what a fully cached build pays before it looks at its first record.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "builder/cache/cache_key.h"
#include "builder/plan/planner.h"
#include "parser/syntax/parse.h"

namespace ibuild::builder {
namespace {

const oci::ImageConfig& AnyConfig(const oci::Reference&, const oci::Platform&) {
  static const oci::ImageConfig config = oci::ParseImageConfig(
      R"({"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":["sh"]}})",
      "base");
  return config;
}

PlanInput Input() {
  PlanInput input;
  input.platforms = {oci::Platform::Parse("linux/amd64")};
  input.build_platform = input.platforms.front();
  input.image_config = AnyConfig;
  return input;
}

// A service as they are written: two stages, some twenty instructions.
std::string OrdinaryFile() {
  std::string text = "ARG VERSION=1\nFROM debian:12 AS build\nARG VERSION\nWORKDIR /src\n";
  for (int i = 0; i < 6; ++i) {
    text += fmt::format("ENV A{0}=$VERSION-{0}\nCOPY part{0} ./part{0}/\nRUN make part{0}\n", i);
  }
  return text + "FROM debian:12\nCOPY --from=build /src/out /app\nUSER app\nCMD [\"/app\"]\n";
}

std::string LongFile(int instructions) {
  std::string text = "FROM debian:12\n";
  for (int i = 0; i < instructions; ++i) text += fmt::format("RUN step {}\n", i);
  return text;
}

void ParseAndPlan(benchmark::State& state, const std::string& text) {
  const SourceText source("Dockerfile", text);
  const PlanInput input = Input();
  for (auto _ : state) {
    const parser::ParseResult parsed = parser::ParseDockerfile(source);
    benchmark::DoNotOptimize(PlanBuild(parsed.dockerfile, source, input));
  }
}

void OrdinaryDockerfile(benchmark::State& state) { ParseAndPlan(state, OrdinaryFile()); }
BENCHMARK(OrdinaryDockerfile)->Unit(benchmark::kMicrosecond);

// Linear: a hundred thousand instructions take a hundred times as long as a thousand.
void LongDockerfile(benchmark::State& state) {
  ParseAndPlan(state, LongFile(static_cast<int>(state.range(0))));
}
BENCHMARK(LongDockerfile)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void CacheKeysOfAnOrdinaryDockerfile(benchmark::State& state) {
  const SourceText source("Dockerfile", OrdinaryFile());
  const BuildPlan plan = PlanBuild(parser::ParseDockerfile(source).dockerfile, source, Input());
  KeyInputs inputs;
  inputs.state.assign(10, {oci::Digest::OfText("layer")});
  for (auto _ : state) {
    for (const Vertex& vertex : plan.graph.vertices) {
      if (!std::holds_alternative<ImageOp>(vertex.op)) {
        benchmark::DoNotOptimize(ComputeKey(vertex.op, inputs));
      }
    }
  }
}
BENCHMARK(CacheKeysOfAnOrdinaryDockerfile)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace ibuild::builder
