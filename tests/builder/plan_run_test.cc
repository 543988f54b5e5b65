#include <gmock/gmock.h>

#include "tests/builder/plan_fixture.h"
#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

BuildPlan PlanLines(const std::string& lines, const PlanInput& input = DefaultPlanInput()) {
  return PlanText("FROM base:1\n" + lines, input);
}

RunOp RunOf(const std::string& lines) { return FindOp<RunOp>(PlanLines(lines)); }

std::vector<std::string> TargetsOf(const RunOp& op) {
  std::vector<std::string> targets;
  for (const RunMountOp& mount : op.mounts) targets.push_back(mount.target);
  return targets;
}

template <typename Kind>
Kind MountOf(const std::string& options) {
  return std::get<Kind>(RunOf("RUN --mount=" + options + " true").mounts.front().what);
}

TEST(PlanRun, Forms) {
  EXPECT_THAT(RunOf("RUN echo $x \\\n  y").argv, ElementsAre("/bin/sh", "-c", "echo $x   y"));
  EXPECT_THAT(RunOf("RUN [\"a\", \"$b\"]").argv, ElementsAre("a", "$b"));
  EXPECT_THAT(RunOf("RUN").argv, ElementsAre("/bin/sh", "-c", ""));
  EXPECT_THAT(RunOf("SHELL [\"/s\"]\nRUN x").argv, ElementsAre("/s", "x"));
}

TEST(PlanRun, StandsWhereTheStageStands) {
  const RunOp op = RunOf("ENV A=1\nUSER u:g\nWORKDIR /a//b/\nRUN true");
  EXPECT_EQ(op.user, "u:g");
  EXPECT_EQ(op.working_directory, "/a//b/");
  EXPECT_THAT(op.env, ElementsAre(testing::StartsWith("PATH="), "A=1"));
  EXPECT_EQ(op.platform.ToString(), "linux/amd64");
  EXPECT_EQ(op.hostname, "buildkitsandbox");
}

TEST(PlanRun, TheWorkingDirectoryIsAsWrittenAndItsMountsAreClean) {
  const RunOp op = RunOf("WORKDIR /c/d/..\nRUN --mount=type=tmpfs,target=t true");
  EXPECT_EQ(op.working_directory, "/c/d/..");
  EXPECT_THAT(TargetsOf(op), ElementsAre("/c/t"));
}

TEST(PlanRun, AVariableThatIsSetAgainMovesToTheEnd) {
  EXPECT_THAT(RunOf("ENV A=1\nENV B=1\nENV A=2\nRUN true").env,
              ElementsAre(testing::StartsWith("PATH="), "B=1", "A=2"));
}

TEST(PlanRun, NulBytesAreRefused) {
  ExpectError(ErrorKind::kInvalidInput, "argument a\\x00b holds a NUL byte",
              [] { RunOf("RUN [\"echo\",\"a\\u0000b\"]"); });
  ExpectError(ErrorKind::kInvalidInput, "holds a NUL byte",
              [] { RunOf(std::string("ENV A=a\0b\nRUN true", 18)); });
}

TEST(PlanRun, HistoryListsTheArgs) {
  EXPECT_THAT(HistoryOf(PlanLines("ARG A=1 B=2\nARG N\nRUN echo x\nRUN [\"a\",\"b\"]\n")),
              ElementsAre("ARG A=1 B=2", "ARG N", "RUN |3 A=1 B=2 N= /bin/sh -c echo x # buildkit",
                          "RUN |3 A=1 B=2 N= a b # buildkit"));
}

TEST(PlanRun, HistoryListsInheritedArgsWithTheValueSeen) {
  EXPECT_THAT(HistoryOf(PlanText("FROM base:1 AS a\nARG V=7\nFROM a\nENV V=8\nRUN x\n")),
              Contains("RUN |1 V=8 /bin/sh -c x # buildkit"));
}

TEST(PlanRun, ArgNamesAreKnown) {
  const BuildPlan plan = PlanLines("ENV E=1\nARG A=1\nRUN true\n");
  EXPECT_THAT(plan.graph.vertices.back().build_arg_names, ElementsAre("A"));
}

TEST(PlanRun, AlwaysMakesALayer) {
  const BuildPlan plan = PlanLines("RUN true\n");
  EXPECT_EQ(plan.graph.images.front().history.front().layer, VertexId{1});
  EXPECT_FALSE(plan.graph.images.front().history.front().entry.empty_layer);
}

TEST(PlanRun, AHeredocAloneIsTheScript) {
  const BuildPlan plan = PlanLines("RUN <<EOF\nfalse\ntrue\nEOF\n");
  EXPECT_THAT(FindOp<RunOp>(plan).argv, ElementsAre("/bin/sh", "-c", "false\ntrue\n"));
  EXPECT_EQ(TitlesOf(plan).back(), "[2/2] RUN <<EOF (false...)");
}

TEST(PlanRun, AHeredocWithAnInterpreterIsAFile) {
  const BuildPlan plan =
      PlanLines("SHELL [\"/s\"]\nRUN <<-EOF\n\t#!/usr/bin/perl\n\tprint 1;\nEOF\n");
  const RunOp& op = FindOp<RunOp>(plan);
  EXPECT_THAT(op.argv, ElementsAre("/dev/pipes/EOF"));
  ASSERT_EQ(op.scripts.size(), 1U);
  EXPECT_EQ(op.scripts.front().name, "EOF");
  EXPECT_EQ(op.scripts.front().content, "#!/usr/bin/perl\nprint 1;\n");
  EXPECT_THAT(HistoryOf(plan), Contains("RUN /dev/pipes/EOF # buildkit"));
}

TEST(PlanRun, OtherHeredocsAreTheShellsBusiness) {
  EXPECT_THAT(RunOf("RUN cat <<EOF >f\n$x\nEOF\n").argv,
              ElementsAre("/bin/sh", "-c", "cat <<EOF >f\n$x\nEOF"));
}

TEST(PlanRun, NetworkModes) {
  PlanInput input = DefaultPlanInput();
  EXPECT_EQ(RunOf("RUN --network=none true").network, NetworkMode::kNone);
  ExpectError(ErrorKind::kPermissionDenied, "network.host is not allowed",
              [] { RunOf("RUN --network=host true"); });
  input.allow_host_network = true;
  EXPECT_EQ(FindOp<RunOp>(PlanLines("RUN --network=host true", input)).network, NetworkMode::kHost);
  input.allow_host_network = false;
  input.network = NetworkMode::kHost;
  EXPECT_EQ(FindOp<RunOp>(PlanLines("RUN true", input)).network, NetworkMode::kHost);
  EXPECT_EQ(FindOp<RunOp>(PlanLines("RUN --network=default true", input)).network,
            NetworkMode::kDefault);
}

TEST(PlanRun, InsecureNeedsAnEntitlement) {
  ExpectError(ErrorKind::kPermissionDenied, "security.insecure is not allowed",
              [] { RunOf("RUN --security=insecure true"); });
  PlanInput input = DefaultPlanInput();
  input.allow_insecure = true;
  EXPECT_EQ(FindOp<RunOp>(PlanLines("RUN --security=insecure true", input)).security,
            SecurityMode::kInsecure);
}

TEST(PlanRun, Devices) {
  ExpectError(ErrorKind::kUnsupported, "devices are not supported",
              [] { RunOf("RUN --device=v.test/gpu,required true"); });
  EXPECT_EQ(PlanLines("RUN --device=v.test/gpu true").warnings.size(), 1U);
}

TEST(PlanRun, BindMounts) {
  const BindRunMount plain = MountOf<BindRunMount>("target=/m");
  EXPECT_EQ(std::get<ContextInput>(plain.from).name, "");
  EXPECT_EQ(plain.source, "/");
  EXPECT_FALSE(plain.writable);
  EXPECT_TRUE(MountOf<BindRunMount>("target=/m,rw").writable);
  EXPECT_EQ(MountOf<BindRunMount>("target=/m,source=a/b").source, "a/b");
}

TEST(PlanRun, AMountFromAStageIsAnInput) {
  const BuildPlan plan =
      PlanText("FROM base:1 AS a\nRUN echo a\nFROM base:1\nRUN --mount=from=a,target=/m echo b\n");
  const RunOp& op = FindOp<RunOp>(plan, 1);
  EXPECT_EQ(std::get<VertexInput>(std::get<BindRunMount>(op.mounts.front().what).from).vertex, 1U);
  EXPECT_THAT(plan.graph.vertices.back().inputs, ElementsAre(0, 1));
}

TEST(PlanRun, CacheMountDefaults) {
  const CacheRunMount cache = MountOf<CacheRunMount>("type=cache,target=/c//d/");
  EXPECT_EQ(cache.id, "/c/d");
  EXPECT_EQ(cache.sharing, CacheSharing::kShared);
  EXPECT_EQ(cache.mode, 0755U);
  EXPECT_FALSE(cache.read_only);
  EXPECT_FALSE(cache.from);
}

TEST(PlanRun, CacheIdIsTheTargetAsWritten) {
  const RunOp op = RunOf("WORKDIR /w\nRUN --mount=type=cache,target=c true");
  EXPECT_EQ(op.mounts.front().target, "/w/c");
  EXPECT_EQ(std::get<CacheRunMount>(op.mounts.front().what).id, "c");
}

TEST(PlanRun, CacheOptions) {
  const CacheRunMount cache = MountOf<CacheRunMount>(
      "type=cache,target=/c,id=x,sharing=locked,mode=0700,uid=1,gid=2,from=preset:1,source=/s,ro");
  EXPECT_EQ(cache.id, "x");
  EXPECT_EQ(cache.sharing, CacheSharing::kLocked);
  EXPECT_EQ(cache.mode, 0700U);
  EXPECT_EQ(cache.uid, 1U);
  EXPECT_EQ(cache.gid, 2U);
  EXPECT_TRUE(cache.from);
  EXPECT_EQ(cache.source, "/s");
  EXPECT_TRUE(cache.read_only);
}

TEST(PlanRun, CacheNamespace) {
  PlanInput input = DefaultPlanInput();
  input.build_args = {{"BUILDKIT_CACHE_MOUNT_NS", "ns"}};
  const BuildPlan plan = PlanLines("RUN --mount=type=cache,target=/c true", input);
  EXPECT_EQ(std::get<CacheRunMount>(FindOp<RunOp>(plan).mounts.front().what).id, "ns//c");
}

TEST(PlanRun, TmpfsSize) {
  EXPECT_EQ(MountOf<TmpfsRunMount>("type=tmpfs,target=/t,size=10m").size, 10U << 20);
}

TEST(PlanRun, SecretDefaults) {
  const RunOp op = RunOf("RUN --mount=type=secret,id=dir/tok true");
  EXPECT_THAT(TargetsOf(op), ElementsAre("/run/secrets/tok"));
  const auto& secret = std::get<SecretRunMount>(op.mounts.front().what);
  EXPECT_EQ(secret.id, "dir/tok");
  EXPECT_EQ(secret.mode, 0400U);
  EXPECT_TRUE(secret.has_file);
  EXPECT_FALSE(secret.required);
}

TEST(PlanRun, SecretByTargetAndByVariable) {
  EXPECT_EQ(MountOf<SecretRunMount>("type=secret,target=/x/tok").id, "tok");
  const SecretRunMount variable = MountOf<SecretRunMount>("type=secret,id=s,env=S");
  EXPECT_EQ(variable.env, "S");
  EXPECT_FALSE(variable.has_file);
  EXPECT_TRUE(MountOf<SecretRunMount>("type=secret,id=s,env=S,target=/s").has_file);
}

TEST(PlanRun, SshMountsAreNumberedAndPointedTo) {
  const RunOp op = RunOf("RUN --mount=type=ssh --mount=type=ssh,id=other,required true");
  EXPECT_THAT(TargetsOf(op), ElementsAre("/run/buildkit/ssh_agent.0", "/run/buildkit/ssh_agent.1"));
  EXPECT_THAT(op.env, Contains("SSH_AUTH_SOCK=/run/buildkit/ssh_agent.0"));
  EXPECT_TRUE(std::get<SshRunMount>(op.mounts.back().what).required);
  EXPECT_THAT(RunOf("ENV SSH_AUTH_SOCK=/mine\nRUN --mount=type=ssh true").env,
              Not(Contains("SSH_AUTH_SOCK=/run/buildkit/ssh_agent.0")));
}

TEST(PlanRun, MountsAreSortedByTargetAndTheLastOfATargetCounts) {
  const RunOp op = RunOf(
      "RUN --mount=type=tmpfs,target=/b/c --mount=target=/b --mount=type=tmpfs,target=/a "
      "--mount=type=cache,target=/a true");
  EXPECT_THAT(TargetsOf(op), ElementsAre("/a", "/b", "/b/c"));
  EXPECT_TRUE(std::holds_alternative<CacheRunMount>(op.mounts.front().what));
}

TEST(PlanRun, MountValuesAreExpanded) {
  const RunOp op = RunOf("ARG T=tmpfs D=/d\nRUN --mount=type=$T,target=$D true");
  EXPECT_THAT(TargetsOf(op), ElementsAre("/d"));
  EXPECT_TRUE(std::holds_alternative<TmpfsRunMount>(op.mounts.front().what));
}

TEST(PlanRun, BadMountsKeepTheirPlace) {
  const auto error = CatchError([] { PlanLines("ARG X\nRUN --mount=target=$X true\n"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->excerpts().front().range.begin.line, 3U);
  ExpectError(ErrorKind::kInvalidInput, "invalid mount target \"..\"",
              [] { RunOf("WORKDIR /w\nRUN --mount=type=tmpfs,target=.. true"); });
}

TEST(PlanRun, MountsDoNotCoverWhatTheKernelShows) {
  for (const char* target : {"/proc", "/proc/self", "/sys", "/sys/fs/cgroup", "/a/../proc",
                             "../../proc/sys", "/dev", "/dev/null", "//dev/.//tty"}) {
    for (const char* type :
         {"type=tmpfs", "type=cache", "type=secret,id=x", "type=ssh", "type=bind"}) {
      ExpectError(ErrorKind::kInvalidInput, "mount target /", [&] {
        RunOf(std::string("RUN --mount=") + type + ",target=" + target + " true");
      });
    }
  }
  EXPECT_THAT(TargetsOf(RunOf("RUN --mount=type=tmpfs,target=/dev/shm/x true")),
              ElementsAre("/dev/shm/x"));
  EXPECT_THAT(TargetsOf(RunOf("RUN --mount=type=tmpfs,target=/system true")),
              ElementsAre("/system"));
}

TEST(PlanRun, HostnameOfTheBuild) {
  PlanInput input = DefaultPlanInput();
  input.build_args = {{"BUILDKIT_SANDBOX_HOSTNAME", "box"}};
  EXPECT_EQ(FindOp<RunOp>(PlanLines("RUN true", input)).hostname, "box");
}

}  // namespace
}  // namespace ibuild::builder
