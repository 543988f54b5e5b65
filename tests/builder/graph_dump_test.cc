// testdata/graphs/*/Dockerfile against graph.golden.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "builder/graph/dump.h"
#include "support/files.h"
#include "tests/builder/plan_fixture.h"
#include "tests/golden.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> GraphCases() {
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator("testdata/graphs")) cases.push_back(entry.path());
  std::ranges::sort(cases);
  return cases;
}

TEST(GraphDump, Goldens) {
  const std::vector<fs::path> cases = GraphCases();
  EXPECT_GE(cases.size(), 4U);
  for (const fs::path& directory : cases) {
    const BuildPlan plan = PlanText(ReadFile(directory / "Dockerfile"));
    ExpectGolden(directory / "graph.golden", Dump(plan.graph));
  }
}

}  // namespace
}  // namespace ibuild::builder
