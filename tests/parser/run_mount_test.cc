// Dockerfile reference, "RUN --mount".
#include "parser/syntax/run_mount.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild::parser {
namespace {

RunMount Read(std::string_view csv) {
  return ParseRunMount(csv, [](std::string_view value) { return std::string(value); });
}

void ExpectRefused(const std::string& csv, const std::string& message) {
  ExpectError(ErrorKind::kInvalidInput, message, [&] { Read(csv); });
}

TEST(RunMount, BindIsTheDefaultAndReadOnly) {
  const RunMount mount = Read("from=b,source=/s,target=/t");
  EXPECT_EQ(mount.kind, MountKind::kBind);
  EXPECT_EQ(mount.from, "b");
  EXPECT_EQ(mount.source, "/s");
  EXPECT_EQ(mount.target, "/t");
  EXPECT_TRUE(mount.read_only);
  EXPECT_FALSE(Read("target=/t,rw").read_only);
  EXPECT_FALSE(Read("target=/t,readonly=false").read_only);
  EXPECT_TRUE(Read("target=/t,rw=0").read_only);
}

TEST(RunMount, OtherSpellings) {
  EXPECT_EQ(Read("src=a,dst=b").source, "a");
  EXPECT_EQ(Read("SRC=a,Destination=b").target, "b");
  EXPECT_EQ(Read("type=CACHE,target=/c").kind, MountKind::kCache);
}

TEST(RunMount, Cache) {
  const RunMount mount = Read("type=cache,target=c,id=i,sharing=locked,mode=0700,uid=1,gid=2");
  EXPECT_FALSE(mount.read_only);
  EXPECT_EQ(mount.sharing, CacheSharing::kLocked);
  EXPECT_EQ(mount.mode, 0700U);
  EXPECT_EQ(mount.uid, 1U);
  EXPECT_EQ(mount.gid, 2U);
  EXPECT_EQ(mount.id, "i");
  EXPECT_EQ(mount.target, "c");
}

// `--mount=type=bind` alone mounts the context over WORKDIR.
TEST(RunMount, TargetMayBeMissing) { EXPECT_TRUE(Read("type=bind").target.empty()); }

TEST(RunMount, TmpfsSize) { EXPECT_EQ(Read("type=tmpfs,target=/t,size=10m").size, 10U << 20U); }

TEST(RunMount, Secret) {
  const RunMount mount = Read("type=secret,id=s,required,env=S");
  EXPECT_TRUE(mount.required);
  EXPECT_EQ(mount.env, "S");
  EXPECT_TRUE(mount.target.empty());
  EXPECT_EQ(Read("type=secret,source=s").id, "s");
  EXPECT_TRUE(Read("type=ssh").id.empty());
}

TEST(RunMount, QuotedFields) {
  EXPECT_EQ(Read("type=bind,\"target=/a,b\"").target, "/a,b");
  EXPECT_EQ(Read("\"target=/a\"\"b\"").target, "/a\"b");
  ExpectRefused("target=\"/a\"", "bare \"");
  ExpectRefused("\"target=/a", "failed to parse csv mounts");
}

TEST(RunMount, Refusals) {
  ExpectRefused("type=bogus,target=/x", "unsupported mount type \"bogus\"");
  ExpectRefused("type=cahce,target=/x", "(did you mean cache?)");
  ExpectRefused("frm=bar,target=/x", "unexpected key 'frm' in 'frm=bar' (did you mean from?)");
  ExpectRefused("/x", "invalid field '/x' must be a key=value pair");
  ExpectRefused("type=tmpfs,target=/x,size=foo", "invalid value for size: foo");
  ExpectRefused("type=cache,target=/x,sharing=foo", "unsupported sharing value \"foo\"");
  ExpectRefused("target=/x,sharing=shared", "invalid cache sharing set for bind mount");
  ExpectRefused("type=tmpfs,target=/x,mode=1", "mode not allowed for \"tmpfs\" type mounts");
  ExpectRefused("target=/x,uid=1", "uid not allowed for \"bind\" type mounts");
  ExpectRefused("type=tmpfs,target=/x,gid=1", "gid not allowed for \"tmpfs\" type mounts");
  ExpectRefused("type=secret", "invalid secret mount. one of source, target required");
  ExpectRefused("type=secret,id=a,source=b", "both source and id can't be set");
  ExpectRefused("type=secret,id=a,from=b", "secret mount should not have a from");
  ExpectRefused("target=/x,required", "unexpected key 'required' for mount type 'bind'");
  ExpectRefused("type=cache,target=/x,mode=9z", "invalid value 9z for mode");
  ExpectRefused("type=cache,target=/x,uid=4294967296", "invalid value 4294967296 for uid");
  ExpectRefused("target=/x,ro=maybe", "invalid value for ro: maybe");
}

TEST(RunMount, ValuesAreExpandedButFromIsNot) {
  const auto expand = [](std::string_view value) {
    return value == "$T" ? std::string("cache") : std::string(value);
  };
  EXPECT_EQ(ParseRunMount("type=$T,target=/x,from=$T", expand).kind, MountKind::kCache);
  EXPECT_EQ(ParseRunMount("type=$T,target=/x,from=$T", expand).from, "$T");
}

TEST(CheckRunMount, WaitsForVariables) {
  EXPECT_NO_THROW(CheckRunMount("type=$T,target=$X"));
  ExpectError(ErrorKind::kInvalidInput, "unexpected key", [] { CheckRunMount("tpye=$T"); });
  ExpectError(ErrorKind::kInvalidInput,
              "'from' doesn't support variable expansion, define alias stage instead",
              [] { CheckRunMount("from=a$T,target=/x"); });
}

}  // namespace
}  // namespace ibuild::parser
