#include "oci/platform.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild::oci {
namespace {

struct ParseCase {
  const char* text;
  const char* normal;
};

TEST(Platform, ParsesAndNormalizes) {
  const ParseCase cases[] = {
      {"linux/amd64", "linux/amd64"},
      {"linux/x86_64", "linux/amd64"},
      {"linux/x86-64", "linux/amd64"},
      {"linux/amd64/v1", "linux/amd64"},
      {"linux/amd64/v3", "linux/amd64/v3"},
      {"linux/aarch64", "linux/arm64"},
      {"linux/arm64/v8", "linux/arm64"},
      {"linux/arm64/8", "linux/arm64"},
      {"linux/arm64/v9", "linux/arm64/v9"},
      {"linux/arm", "linux/arm/v7"},
      {"linux/arm/6", "linux/arm/v6"},
      {"linux/armhf", "linux/arm/v7"},
      {"linux/armel", "linux/arm/v6"},
      {"linux/i386", "linux/386"},
      {"Linux/AMD64", "linux/amd64"},
      {"macos/arm64", "darwin/arm64"},
      {"arm64", "linux/arm64"},
      {"armhf", "linux/arm/v7"},
      {"riscv64", "linux/riscv64"},
      {"linux/made-up", "linux/made-up"},
  };
  for (const ParseCase& item : cases) {
    EXPECT_EQ(Platform::Parse(item.text).ToString(), item.normal) << item.text;
    EXPECT_EQ(Platform::Parse(item.normal).ToString(), item.normal);
  }
}

TEST(Platform, LocalAndASystemAloneMeanTheHost) {
  EXPECT_EQ(Platform::Parse("local"), Platform::Host());
  EXPECT_EQ(Platform::Parse("linux"), Platform::Host());
}

TEST(Platform, RefusesWhatIsNone) {
  for (const char* text : {"", "/", "linux/", "/amd64", "a/b/c/d", "nonsense", "linux/am d64",
                           "linux/amd64/", "linux,windows"}) {
    ExpectError(ErrorKind::kInvalidInput, "is not a platform", [&] { Platform::Parse(text); });
  }
}

std::optional<int> Rank(const char* wanted, const char* candidate) {
  return MatchRank(Platform::Parse(wanted), Platform::Parse(candidate));
}

TEST(MatchRank, SpellingDoesNotMatter) {
  EXPECT_EQ(MatchRank(Platform::Parse("linux/amd64"), {.architecture = "x86_64"}), 0);
  EXPECT_EQ(MatchRank(Platform::Parse("linux/arm64"), {.architecture = "arm64", .variant = "v8"}),
            0);
}

TEST(MatchRank, LowerVariantsFollowTheWantedOneInOrder) {
  EXPECT_EQ(Rank("linux/arm/v7", "linux/arm/v7"), 0);
  EXPECT_LT(Rank("linux/arm/v7", "linux/arm/v7"), Rank("linux/arm/v7", "linux/arm/v6"));
  EXPECT_LT(Rank("linux/arm/v7", "linux/arm/v6"), Rank("linux/arm/v7", "linux/arm/v5"));
  EXPECT_EQ(Rank("linux/arm/v6", "linux/arm/v7"), std::nullopt);
  EXPECT_LT(Rank("linux/amd64/v3", "linux/amd64/v2"), Rank("linux/amd64/v3", "linux/amd64"));
  EXPECT_EQ(Rank("linux/amd64", "linux/amd64/v2"), std::nullopt);
  EXPECT_LT(Rank("linux/arm64/v9", "linux/arm64/v8.2"), Rank("linux/arm64/v9", "linux/arm64"));
}

TEST(MatchRank, ArchitecturesDoNotFallBack) {
  EXPECT_EQ(Rank("linux/amd64", "linux/386"), std::nullopt);
  EXPECT_EQ(Rank("linux/arm64", "linux/arm/v7"), std::nullopt);
  EXPECT_EQ(Rank("linux/amd64", "windows/amd64"), std::nullopt);
}

TEST(MatchRank, WindowsCountsTheBuildAndLinuxDoesNot) {
  Platform wanted = Platform::Parse("windows/amd64");
  wanted.os_version = "10.0.17763.1";
  Platform candidate = wanted;
  candidate.os_version = "10.0.17763.9";
  EXPECT_EQ(MatchRank(wanted, candidate), 0);
  candidate.os_version = "10.0.20348.1";
  EXPECT_EQ(MatchRank(wanted, candidate), std::nullopt);
  wanted.os = candidate.os = "linux";
  EXPECT_EQ(MatchRank(wanted, candidate), 0);
}

TEST(MatchRank, RequiredFeaturesMustBeOffered) {
  Platform candidate = Platform::Parse("windows/amd64");
  candidate.os_features = {"win32k"};
  EXPECT_EQ(MatchRank(Platform::Parse("windows/amd64"), candidate), std::nullopt);
  EXPECT_EQ(MatchRank(candidate, candidate), 0);
}

}  // namespace
}  // namespace ibuild::oci
