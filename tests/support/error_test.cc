#include "support/error.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/expect_error.h"

namespace ibuild {
namespace {

TEST(Error, WhatHasTheOutermostFrameFirstAndNoHint) {
  const Error error = Error(ErrorKind::kNotFound, "no such tag")
                          .WithContext("resolving debian:13")
                          .WithContext("building")
                          .WithHint("check the tag");
  EXPECT_STREQ(error.what(), "building: resolving debian:13: no such tag");
  EXPECT_EQ(error.hint(), "check the tag");
}

TEST(Error, KeepsTheHintNearestToTheFault) {
  EXPECT_EQ(Error(ErrorKind::kUsage, "x").WithHint("near").WithHint("far").hint(), "near");
}

TEST(Error, InContextAddsAFrameOnTheWayUp) {
  const auto error = CatchError([] {
    InContext("outer", [] { InContext("inner", [] { throw Error(ErrorKind::kCorrupt, "bad"); }); });
  });
  EXPECT_STREQ(error->what(), "outer: inner: bad");
}

TEST(Error, InContextReturnsWhatTheWorkReturns) {
  EXPECT_EQ(InContext("adding", [] { return 1 + 1; }), 2);
}

TEST(Error, ErrnoChoosesTheKind) {
  EXPECT_EQ(ErrnoError("x", ENOENT).kind(), ErrorKind::kNotFound);
  EXPECT_EQ(ErrnoError("x", EACCES).kind(), ErrorKind::kPermissionDenied);
  EXPECT_EQ(ErrnoError("x", ENOSPC).kind(), ErrorKind::kResourceExhausted);
  EXPECT_EQ(ErrnoError("x", EEXIST).kind(), ErrorKind::kAlreadyExists);
  EXPECT_EQ(ErrnoError("x", EIO).kind(), ErrorKind::kSystem);
  EXPECT_EQ(ErrnoError("/a/b", ENOENT).message(), "/a/b: No such file or directory");
}

TEST(Error, AFullDiskSaysWhatToDo) { EXPECT_NE(ErrnoError("x", ENOSPC).hint(), ""); }

}  // namespace
}  // namespace ibuild
