#include <gtest/gtest.h>

#include "builder/copy/chmod.h"
#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

mode_t Change(std::string_view text, mode_t mode, bool is_directory = false) {
  return ModeChange::Parse(text).Apply(mode, is_directory);
}

TEST(Chmod, OctalReplacesAllTwelveBits) {
  EXPECT_EQ(Change("755", 04644), 0755u);
  EXPECT_EQ(Change("0", 0777), 0u);
  EXPECT_EQ(Change("07777", 0), 07777u);
}

TEST(Chmod, SymbolicClausesAreApplied) {
  EXPECT_EQ(Change("+x", 0644), 0755u);
  EXPECT_EQ(Change("u=rwX,go=rX", 0640), 0644u);
  EXPECT_EQ(Change("u=rwX,go=rX", 0750), 0755u);
  EXPECT_EQ(Change("u=rwX,go=rX", 0700, true), 0755u);
  EXPECT_EQ(Change("g=u,o-r", 0644), 0660u);
  EXPECT_EQ(Change("a-w,u+s", 0755), 04555u);
  EXPECT_EQ(Change("go=", 0644), 0600u);
  EXPECT_EQ(Change("+t", 0755, true), 01755u);
  EXPECT_EQ(Change("o+t", 0755, true), 0755u);
  EXPECT_EQ(Change("u+x-w", 0644), 0544u);
}

// Each row was asked of Docker.
TEST(Chmod, SymbolicModesFollowBsd) {
  EXPECT_EQ(Change("=u", 04755), 04777u);  // copying leaves set-id bits alone
  EXPECT_EQ(Change("u=g,g=o", 04755), 04555u);
  EXPECT_EQ(Change("u+ugo", 0421), 0721u);  // several classes at once
  EXPECT_EQ(Change("=rx", 06755), 0555u);   // set-id bits go, the sticky bit stays
  EXPECT_EQ(Change("=rx", 01755), 01555u);
  EXPECT_EQ(Change("u=rwx", 02700, true), 02700u);
  EXPECT_EQ(Change("g=rx", 02775, true), 0755u);
  EXPECT_EQ(Change("-x+X", 0755), 0755u);    // X looks at the mode before any change
  EXPECT_EQ(Change("g+x,-X", 0600), 0600u);  // -X is -x
  EXPECT_EQ(Change("+wt", 0444), 01444u);    // t alone when nobody is named
  EXPECT_EQ(Change("a+wt", 0444), 01666u);
}

TEST(Chmod, BadModesAreRefusedInDockersWords) {
  for (const char* text : {"10000", "rwx", "u", "u=q", "", "888", ",", "u=r,"}) {
    ExpectError(ErrorKind::kInvalidInput, "invalid chmod parameter",
                [&] { ModeChange::Parse(text); });
  }
}

TEST(Chmod, NewParentsGetOctalPermissionBitsOnly) {
  EXPECT_EQ(ModeChange::Parse("4750").ForNewParent(), 0750u);
  EXPECT_EQ(ModeChange::Parse("1777").ForNewParent(), 0755u);
  EXPECT_EQ(ModeChange::Parse("u=rwx,g=rx").ForNewParent(), 0755u);
}

}  // namespace
}  // namespace ibuild::builder
