// What `--check` says of a Dockerfile that parses, and still could not be built.
#include "builder/plan/check_plan.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "parser/syntax/parse.h"
#include "tests/builder/plan_fixture.h"
#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const oci::ImageConfig* KnowsAll(const oci::Reference& reference, const oci::Platform& platform) {
  return &TestImageConfig(reference, platform);
}

// "LINE: message" of each.
std::vector<std::string> Check(std::string_view text, const KnownImageConfig& known = KnowsAll,
                               const std::string& target = {}) {
  const SourceText source("Dockerfile", std::string(text));
  PlanInput input = DefaultPlanInput();
  input.target = target;
  std::vector<std::string> lines;
  for (const parser::Diagnostic& error :
       CheckPlan(parser::ParseDockerfile(source).dockerfile, source, input, known)) {
    EXPECT_EQ(error.severity, parser::Severity::kError);
    lines.push_back(fmt::format("{}: {}", error.instruction.begin.line, error.message));
  }
  return lines;
}

TEST(CheckPlan, NothingToSay) {
  EXPECT_THAT(Check("FROM base:1 AS a\nRUN make\nFROM a\nCOPY --from=a /x /y\n"), IsEmpty());
}

TEST(CheckPlan, EveryInstructionIsJudged) {
  EXPECT_THAT(
      Check("FROM base:1 AS a\nCOPY --chmod=64a x /x\nEXPOSE http\nFROM base:1\nSTOPSIGNAL FOO\n"),
      ElementsAre("2: invalid chmod parameter: '64a'. it should be octal string and between 0 "
                  "and 07777",
                  "3: invalid containerPort: http", "5: invalid signal: FOO"));
}

TEST(CheckPlan, StagesThatNothingNeedsCountWithoutATarget) {
  constexpr std::string_view kText = "FROM base:1 AS bad\nEXPOSE x\nFROM base:1 AS good\n";
  EXPECT_THAT(Check(kText), ElementsAre("2: invalid containerPort: x"));
  EXPECT_THAT(Check(kText, KnowsAll, "good"), IsEmpty());
}

TEST(CheckPlan, FromLines) {
  EXPECT_THAT(Check("ARG I\nFROM $I\n"), ElementsAre("2: base name ($I) should not be blank"));
  EXPECT_THAT(Check("FROM base:1 AS a\nCOPY --from=$S x /\nFROM scratch\n"),
              ElementsAre(HasSubstr("2: variable expansion is not supported for --from")));
  EXPECT_THAT(Check("FROM base:1 AS a\nCOPY --from=b x /\nFROM scratch AS b\n"),
              ElementsAre(HasSubstr("2: cannot copy from stage \"b\"")));
}

TEST(CheckPlan, VariablesOfAnUnknownBaseAreNotJudged) {
  const auto knows_none = [](const auto&, const auto&) { return nullptr; };
  EXPECT_THAT(Check("FROM a\nEXPOSE ${PORT}/x\nEXPOSE 1/x\n", knows_none),
              ElementsAre("3: invalid proto: x"));
  EXPECT_THAT(Check("FROM scratch\nEXPOSE ${PORT}/x\n", knows_none), ElementsAre(HasSubstr("2: ")));
}

TEST(CheckPlan, EntitlementsAreTheBusinessOfTheBuild) {
  EXPECT_THAT(Check("FROM base:1\nRUN --network=host --security=insecure x\n"), IsEmpty());
}

TEST(CheckPlan, TriggersShowAtTheirFrom) {
  EXPECT_THAT(Check("FROM base:1 AS a\nONBUILD NONSENSE x\nFROM a\n"),
              ElementsAre(HasSubstr(
                  "3: in the trigger ONBUILD NONSENSE x: unknown instruction: NONSENSE")));
}

TEST(CheckPlan, AnUnknownTargetIsNoFinding) {
  ExpectError(ErrorKind::kNotFound, "target stage \"z\" could not be found",
              [] { Check("FROM base:1\n", KnowsAll, "z"); });
}

}  // namespace
}  // namespace ibuild::builder
