#include "sandbox/host/subordinate_ids.h"

#include <gmock/gmock.h>

#include "sandbox/host/id_files.h"

namespace ibuild::builder {
namespace {

using ::testing::HasSubstr;

TEST(SubordinateIdsTest, FindsLinesByNameAndNumber) {
  const auto grants = ParseGrants("a:100000:65536\n1000:300000:10\nb:1:1\n a:5\na:x:1\na:1:0\n");
  EXPECT_EQ(RangesOf({"a", 1000}, grants),
            (std::vector<SubordinateRange>{{100000, 65536}, {300000, 10}}));
  EXPECT_TRUE(RangesOf({"c", 7}, grants).empty());
}

TEST(SubordinateIdsTest, RangesBeyondThirtyTwoBitsAreNotUsed) {
  EXPECT_TRUE(ParseGrants("a:4294967290:65536\n").empty());
}

TEST(SubordinateIdsTest, MapsTheOwnIdToRootAndRangesBehindIt) {
  const IdMap map = MakeIdMap(1000, {{100000, 40000}, {200000, 65536}});
  EXPECT_EQ(map.ToProcFormat(), "0 1000 1\n1 100000 40000\n40001 200000 25535\n");
  EXPECT_EQ(map.Count(), kNeededIds + 1);
}

TEST(SubordinateIdsTest, AFreeRangeIsOneThatNobodyHas) {
  EXPECT_EQ(FindFreeRange({}), (SubordinateRange{100000, 65536}));
  EXPECT_EQ(FindFreeRange(ParseGrants("a:100000:65536\nb:165536:65536\n")),
            (SubordinateRange{231072, 65536}));
  EXPECT_EQ(FindFreeRange(ParseGrants("b:200000:65536\na:90000:20000\n")),
            (SubordinateRange{110000, 65536}));
  EXPECT_EQ(FindFreeRange(ParseAccounts("far:x:120000:1::/:\nroot:x:0:0::/:\n")),
            (SubordinateRange{120001, 65536}));
  EXPECT_EQ(FindFreeRange(ParseGrants("a:1:4294967000\n")), std::nullopt);
}

struct Machine {
  std::string subuid;
  std::string subgid;
  std::string passwd = "me:x:1000:1000::/:\nyou:x:1001:1001::/:\n";

  std::optional<Obstacle> Look() const {
    const IdFiles files{ParseGrants(subuid), ParseGrants(subgid), ParseAccounts(passwd), {}};
    const IdUser user{"me", 1000};
    return FindIdObstacle(user, MakeIdMap(1000, RangesOf(user, files.user_grants)),
                          MakeIdMap(1000, RangesOf(user, files.group_grants)), files);
  }
};

TEST(IdFilesTest, AWholeRangeOfOnesOwnIsEnough) {
  EXPECT_FALSE(
      Machine({.subuid = "me:100000:65536\nyou:165536:65536\n", .subgid = "1000:100000:65536\n"})
          .Look());
}

TEST(IdFilesTest, WithoutARangeAFreeOneIsNamed) {
  const auto obstacle =
      Machine({.subuid = "you:100000:65536\n", .subgid = "they:165536:65536\n"}).Look();
  ASSERT_TRUE(obstacle);
  EXPECT_EQ(obstacle->hint,
            "as root: usermod --add-subuids 231072-296607 --add-subgids 231072-296607 me");
}

TEST(IdFilesTest, ARangeThatSomebodyElseHasIsNotUsed) {
  auto obstacle =
      Machine({.subuid = "you:165000:65536\nme:100000:65536\n", .subgid = "me:100000:65536\n"})
          .Look();
  ASSERT_TRUE(obstacle);
  EXPECT_THAT(obstacle->reason, HasSubstr("/etc/subuid gives to me overlap those of you, who has "
                                          "165000-230535"));
  EXPECT_EQ(obstacle->hint,
            "as root: usermod --del-subuids 100000-165535 --add-subuids 230536-296071 me");
  obstacle =
      Machine({.subuid = "me:100000:65536\n", .subgid = "me:100000:65536\nyou:100000:65536\n"})
          .Look();
  ASSERT_TRUE(obstacle);
  EXPECT_THAT(obstacle->reason, HasSubstr("/etc/subgid gives to me overlap those of you"));
}

TEST(IdFilesTest, NorIsARangeThatHoldsAnAccount) {
  const auto obstacle = Machine({.subuid = "me:100000:65536\n",
                                 .subgid = "me:100000:65536\n",
                                 .passwd = "me:x:1000:1::/:\nldap:x:150000:1::/:\n"})
                            .Look();
  ASSERT_TRUE(obstacle);
  EXPECT_THAT(obstacle->reason, HasSubstr("overlap 150000, which is the id of ldap"));
}

// What is granted beyond the 65535 ids that are used may be shared.
TEST(IdFilesTest, OnlyWhatIsUsedCounts) {
  EXPECT_FALSE(
      Machine({.subuid = "me:100000:200000\nyou:200000:65536\n", .subgid = "me:100000:65536\n"})
          .Look());
}

}  // namespace
}  // namespace ibuild::builder
