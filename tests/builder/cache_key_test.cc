#include "builder/cache/cache_key.h"

#include <gmock/gmock.h>

#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

RunOp SomeRun() {
  RunOp op;
  op.argv = {"/bin/sh", "-c", "make"};
  op.env = {"PATH=/bin", "A=1"};
  op.platform = oci::Platform::Parse("linux/amd64");
  return op;
}

KeyInputs SomeInputs() {
  KeyInputs inputs;
  inputs.state = {{oci::Digest::OfText("layer")}};
  return inputs;
}

std::string KeyOf(const Op& op, const KeyInputs& inputs = SomeInputs()) {
  return ComputeKey(op, inputs).digest.ToString();
}

template <typename Change>
RunOp Changed(Change change) {
  RunOp op = SomeRun();
  change(op);
  return op;
}

CopyOp SomeCopy() {
  CopyOp op;
  op.sources = {FileSource{ContextInput{}, "src"}};
  op.destination = "/dst/";
  return op;
}

// A key in a store of yesterday must be found today. When this fails on purpose, raise the scheme
// in cache_key.cc.
TEST(CacheKey, IsStable) {
  EXPECT_EQ(KeyOf(SomeRun()), KeyOf(SomeRun()));
  EXPECT_EQ(ComputeKey(WorkdirOp{"/w", ""}, {}).digest,
            oci::Digest::OfText("ibuild step 2\n4:step 7:workdir\n4:path 2:/w\n"));
}

TEST(CacheKey, HoldsTheTimesThatFilesGet) {
  KeyInputs inputs = SomeInputs();
  const std::string key = KeyOf(SomeCopy(), inputs);
  inputs.build_time = 0;
  const std::string at_zero = KeyOf(SomeCopy(), inputs);
  EXPECT_NE(at_zero, key);
  inputs.build_time = 1;
  EXPECT_NE(KeyOf(SomeCopy(), inputs), at_zero);
  inputs = SomeInputs();
  inputs.pack.latest_mtime = 0;
  EXPECT_NE(KeyOf(SomeCopy(), inputs), key);
  EXPECT_NE(KeyOf(SomeCopy(), inputs), at_zero);
}

TEST(CacheKey, HoldsTheDirectoriesThatALinkedCopyGoesInto) {
  KeyInputs inputs;
  const std::string key = KeyOf(SomeCopy(), inputs);
  inputs.linked_into = "1777 0:0\n";
  EXPECT_NE(KeyOf(SomeCopy(), inputs), key);
}

TEST(CacheKey, HoldsWhatDecidesTheResult) {
  const std::string key = KeyOf(SomeRun());
  EXPECT_NE(key, KeyOf(Changed([](RunOp& op) { op.argv.back() = "make  "; })));
  EXPECT_NE(key, KeyOf(Changed([](RunOp& op) { op.argv = {"/bin/sh -c make"}; })));
  EXPECT_NE(key, KeyOf(Changed([](RunOp& op) { op.env.back() = "A=2"; })));
  EXPECT_NE(key, KeyOf(Changed([](RunOp& op) { op.env = {"A=1", "PATH=/bin"}; })));
  EXPECT_NE(key, KeyOf(Changed([](RunOp& op) { op.working_directory = "/w"; })));
  EXPECT_NE(key, KeyOf(Changed([](RunOp& op) { op.user = "root"; })));
  EXPECT_NE(key, KeyOf(Changed([](RunOp& op) { op.hostname = "box"; })));
  EXPECT_NE(key, KeyOf(Changed([](RunOp& op) { op.network = NetworkMode::kNone; })));
  EXPECT_NE(key, KeyOf(Changed([](RunOp& op) { op.security = SecurityMode::kInsecure; })));
  EXPECT_NE(key, KeyOf(Changed([](RunOp& op) { op.platform.architecture = "arm64"; })));
  EXPECT_NE(key, KeyOf(Changed([](RunOp& op) { op.scripts = {{"EOF", "x"}}; })));
}

TEST(CacheKey, HoldsTheStateItStartsFrom) {
  KeyInputs other = SomeInputs();
  other.state.push_back({oci::Digest::OfText("another")});
  EXPECT_NE(KeyOf(SomeRun()), KeyOf(SomeRun(), other));
}

TEST(CacheKey, HoldsTheOptionsOfTheBuildThatAStepCanSee) {
  const std::string key = KeyOf(SomeRun());
  const auto with = [](auto change) {
    KeyInputs inputs = SomeInputs();
    change(inputs);
    return KeyOf(SomeRun(), inputs);
  };
  EXPECT_NE(key, with([](KeyInputs& it) { it.pack.latest_mtime = 0; }));
  EXPECT_NE(key, with([](KeyInputs& it) { it.shm_size = 1; }));
  EXPECT_NE(key, with([](KeyInputs& it) { it.ulimits = {"nofile=1:2"}; }));
  EXPECT_NE(key, with([](KeyInputs& it) { it.extra_host_names = {"db"}; }));
}

TEST(CacheKey, ExecAndShellFormOfOneCommandShareAKey) {
  RunOp exec = SomeRun();
  EXPECT_EQ(KeyOf(exec), KeyOf(SomeRun()));
}

TEST(CacheKey, LeavesOutProxiesAndHowCacheVolumesAreShared) {
  const std::string key = KeyOf(SomeRun());
  EXPECT_EQ(key, KeyOf(Changed([](RunOp& op) { op.proxy_env = {"HTTP_PROXY=x"}; })));
  const auto with_cache = [](const std::string& id, CacheSharing sharing) {
    return KeyOf(Changed([&](RunOp& op) {
      CacheRunMount cache;
      cache.id = id;
      cache.sharing = sharing;
      op.mounts = {{"/c", cache}};
    }));
  };
  EXPECT_EQ(with_cache("a", CacheSharing::kShared), with_cache("a", CacheSharing::kLocked));
  EXPECT_NE(with_cache("a", CacheSharing::kShared), with_cache("b", CacheSharing::kShared));
  EXPECT_NE(key, with_cache("a", CacheSharing::kShared));
}

TEST(CacheKey, ABindMountCountsByItsContent) {
  const auto with_bind = [](FileInput from, const std::string& content) {
    KeyInputs inputs = SomeInputs();
    inputs.contents = {content};
    return KeyOf(Changed([&](RunOp& op) {
                   op.mounts = {{"/m", BindRunMount{from, "/", false}}};
                 }),
                 inputs);
  };
  EXPECT_EQ(with_bind(VertexInput{1}, "same"), with_bind(VertexInput{7}, "same"));
  EXPECT_EQ(with_bind(ContextInput{}, "same"), with_bind(VertexInput{7}, "same"));
  EXPECT_NE(with_bind(VertexInput{1}, "same"), with_bind(VertexInput{1}, "other"));
}

TEST(CacheKey, ACopyCountsByContentAndDestination) {
  const auto key = [](const CopyOp& op, const std::string& content) {
    KeyInputs inputs = SomeInputs();
    inputs.contents = {content};
    return KeyOf(op, inputs);
  };
  CopyOp other_source = SomeCopy();
  other_source.sources = {FileSource{VertexInput{3}, "elsewhere"}};
  CopyOp other_destination = SomeCopy();
  other_destination.destination = "/dst";
  CopyOp add = SomeCopy();
  add.is_add = true;
  CopyOp owned = SomeCopy();
  owned.chown = "1";
  EXPECT_EQ(key(SomeCopy(), "c"), key(other_source, "c"));
  EXPECT_NE(key(SomeCopy(), "c"), key(SomeCopy(), "d"));
  EXPECT_NE(key(SomeCopy(), "c"), key(other_destination, "c"));
  EXPECT_NE(key(SomeCopy(), "c"), key(add, "c"));
  EXPECT_NE(key(SomeCopy(), "c"), key(owned, "c"));
}

TEST(CacheKey, PartsCanNotRunIntoEachOther) {
  EXPECT_NE(KeyOf(Changed([](RunOp& op) { op.env = {"A=1\n5:env.B 1:2"}; })),
            KeyOf(Changed([](RunOp& op) {
              op.env = {"A=1", "B=2"};
            })));
  EXPECT_NE(KeyOf(Changed([](RunOp& op) { op.argv = {"a b"}; })), KeyOf(Changed([](RunOp& op) {
              op.argv = {"a", "b"};
            })));
}

TEST(CacheKey, ImagesAreNoSteps) {
  ExpectError(ErrorKind::kInternal, "no step", [] { ComputeKey(ScratchOp{}, {}); });
}

TEST(CacheKey, AMissNamesThePartsThatDiffer) {
  const RunOp changed = Changed([](RunOp& op) {
    op.env = {"PATH=/bin", "A=2"};
    op.user = "1000";
  });
  const auto differences = ExplainMiss(ComputeKey(SomeRun(), SomeInputs()).parts,
                                       ComputeKey(changed, SomeInputs()).parts);
  ASSERT_EQ(differences.size(), 2U);
  EXPECT_EQ(differences[0].name, "env.A");
  EXPECT_EQ(differences[0].before, "1");
  EXPECT_EQ(differences[0].after, "2");
  EXPECT_EQ(differences[1].name, "user");
  EXPECT_EQ(differences[1].before, std::nullopt);
}

TEST(CacheKey, AMissByOrderAlone) {
  const auto differences =
      ExplainMiss({{"env.A", "1"}, {"env.B", "2"}}, {{"env.B", "2"}, {"env.A", "1"}});
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0].name, "order");
  EXPECT_EQ(differences[0].before, "env.A, env.B");
  EXPECT_THAT(ExplainMiss({{"a", "1"}}, {{"a", "1"}}), IsEmpty());
}

TEST(CacheKey, AMissByAPartThatIsGone) {
  const auto differences = ExplainMiss({{"a", "1"}, {"b", "2"}}, {{"a", "1"}});
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0].before, "2");
  EXPECT_EQ(differences[0].after, std::nullopt);
}

}  // namespace
}  // namespace ibuild::builder
