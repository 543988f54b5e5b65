// What set*id(2) makes of the ids that a process believes to have (credentials(7)).
#include "sandbox/ownership/credentials.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace ibuild::builder {
namespace {

TEST(Credentials, RootBecomesAnybodyForGood) {
  IdTriple ids;
  EXPECT_EQ(SetId(ids, 33, true), 0);
  EXPECT_EQ(ids, (IdTriple{33, 33, 33, 33}));
  EXPECT_EQ(SetId(ids, 0, false), EPERM);
}

TEST(Credentials, AnEffectiveIdCanComeBack) {
  IdTriple ids;
  EXPECT_EQ(SetRealEffective(ids, kKeepId, 33, true), 0);
  EXPECT_EQ(ids.real, 0u);
  EXPECT_EQ(ids.effective, 33u);
  EXPECT_EQ(ids.file_system, 33u);
  EXPECT_EQ(ids.saved, 33u);  // as Linux has it: the effective one differs from the real one
  EXPECT_EQ(SetRealEffective(ids, kKeepId, 0, false), 0);  // the real one
  EXPECT_EQ(ids.effective, 0u);
}

TEST(Credentials, AnOrdinaryUserMovesAmongItsOwnIds) {
  IdTriple ids{1, 2, 3, 2};
  EXPECT_EQ(SetAll(ids, {kKeepId, 3, kKeepId, 0}, false), 0);
  EXPECT_EQ(ids, (IdTriple{1, 3, 3, 3}));
  EXPECT_EQ(SetAll(ids, {kKeepId, 4, kKeepId, 0}, false), EPERM);
}

TEST(Credentials, TheFileSystemIdIsRefusedInSilence) {
  IdTriple ids{1, 1, 1, 1};
  EXPECT_EQ(SetFileSystemId(ids, 0, false), 1u);
  EXPECT_EQ(ids.file_system, 1u);
  EXPECT_EQ(SetFileSystemId(ids, kKeepId, true), 1u);
}

TEST(Credentials, GroupsAreUsedByTheirMembers) {
  Credentials ids;
  ids.user = {5, 5, 5, 5};
  ids.group = {6, 6, 6, 6};
  ids.groups = {7};
  EXPECT_TRUE(ids.MayUseGroup(6));
  EXPECT_TRUE(ids.MayUseGroup(7));
  EXPECT_FALSE(ids.MayUseGroup(0));
}

TEST(CredentialTable, NumbersAreStableAndUnknownOnesAreRoot) {
  CredentialTable table;
  Credentials ids;
  EXPECT_EQ(table.Number(ids), CredentialTable::kRoot);
  ids.user.effective = 9;
  const auto number = table.Number(ids);
  EXPECT_EQ(table.Number(ids), number);
  EXPECT_EQ(table.Find(number), ids);
  EXPECT_EQ(table.Find(12345), Credentials());
}

}  // namespace
}  // namespace ibuild::builder
