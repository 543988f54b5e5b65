// How fast the parser room is: it must never matter. Target: above 100 MB/s of Dockerfile, and
// 20,000 paths against 50 ignore patterns in a few milliseconds.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "parser/check/lint.h"
#include "parser/meaning/expand.h"
#include "parser/pattern/ignore_file.h"
#include "parser/syntax/parse.h"

namespace ibuild::parser {
namespace {

// What real files are made of: long RUN lists, ENV, COPY with flags, comments, a here-document.
constexpr std::string_view kStage = R"(
# the compiler and what it needs
FROM debian:12-slim AS build
ARG VERSION=1.2.3 JOBS
ENV LANG=C.UTF-8 PATH=/opt/tool/bin:$PATH
RUN apt-get update && \
    # build tools
    apt-get install -y --no-install-recommends \
      build-essential \
      ca-certificates \
      cmake \
      git \
      ninja-build && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY --chown=1000:1000 --link CMakeLists.txt package.json ./
COPY . .
RUN --mount=type=cache,target=/root/.cache --mount=type=secret,id=token make -j${JOBS:-4}
RUN <<EOF
set -e
cmake -B build
cmake --build build
EOF
EXPOSE 8080/tcp
HEALTHCHECK --interval=30s CMD curl -f http://localhost:8080/ || exit 1
ENTRYPOINT ["/opt/tool/bin/tool"]
CMD ["--version", "1"]
)";

SourceText LargeFile() {
  std::string text;
  while (text.size() < 1000000) text += kStage;
  return {"Dockerfile", std::move(text)};
}

void Parse(benchmark::State& state) {
  const SourceText source = LargeFile();
  for (auto _ : state) benchmark::DoNotOptimize(ParseDockerfile(source));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(source.text().size()));
}
BENCHMARK(Parse)->Unit(benchmark::kMillisecond);

void ParseOrdinary(benchmark::State& state) {
  const SourceText source("Dockerfile", std::string(kStage));
  for (auto _ : state) benchmark::DoNotOptimize(ParseDockerfile(source));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(source.text().size()));
}
BENCHMARK(ParseOrdinary)->Unit(benchmark::kMicrosecond);

void LintOrdinary(benchmark::State& state) {
  const SourceText source("Dockerfile", std::string(kStage));
  const ParseResult result = ParseDockerfile(source);
  for (auto _ : state) benchmark::DoNotOptimize(Lint(result.dockerfile, {}));
}
BENCHMARK(LintOrdinary)->Unit(benchmark::kMicrosecond);

void Expand(benchmark::State& state) {
  const auto scope = [](std::string_view name) -> std::optional<std::string_view> {
    if (name == "unset") return std::nullopt;
    return "/usr/local/lib";
  };
  constexpr std::string_view kWord = "${a##*/}-\"$b\"/${unset:-${c%/*}}/plain text";
  for (auto _ : state) benchmark::DoNotOptimize(ExpandWord(kWord, scope));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kWord.size()));
}
BENCHMARK(Expand);

std::vector<std::string> ManyPaths() {
  std::vector<std::string> paths;
  for (int i = 0; i < 20000; ++i) {
    const std::string number = std::to_string(i);
    paths.push_back("services/service" + std::to_string(i % 40) + "/src/package" +
                    std::to_string(i % 700) + "/file" + number + (i % 3 == 0 ? ".go" : ".txt"));
  }
  return paths;
}

std::string FiftyPatterns() {
  std::string text = "**/node_modules\n**/*.log\n.git\n**/.cache/**\n*.md\n!README.md\n";
  for (int i = 0; i < 11; ++i) {
    const std::string n = std::to_string(i);
    text += "build" + n + "\n**/dist" + n + "\nservices/*/tmp" + n + "\n*.bak" + n + "\n";
  }
  return text;
}

void Ignore20000Paths(benchmark::State& state) {
  const std::vector<std::string> paths = ManyPaths();
  const IgnoreFile file = IgnoreFile::Parse(FiftyPatterns());
  for (auto _ : state) {
    std::size_t excluded = 0;
    for (const std::string& path : paths) excluded += file.Excluded(path) ? 1 : 0;
    benchmark::DoNotOptimize(excluded);
  }
}
BENCHMARK(Ignore20000Paths)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ibuild::parser
