#include "sandbox/spec/compile_setup.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "sandbox/init/wire.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

SandboxSpec Spec() {
  SandboxSpec spec;
  spec.root = {
      .lowers = {"/store/base", "/store/app"}, .upper = "/store/upper", .work = "/store/w"};
  spec.argv = {"true"};
  return spec;
}

// One text for each case, compared with testdata/sandbox/<name>.ops; IBUILD_ACCEPT=1 rewrites it.
void ExpectGolden(const std::string& name, const SandboxSpec& spec, const SetupContext& context) {
  const std::string path = "testdata/sandbox/" + name + ".ops";
  const std::string dump = Dump(CompileSetup(spec, context));
  if (std::getenv("IBUILD_ACCEPT") != nullptr) {
    MakeDirectories("testdata/sandbox");
    WriteFileAtomically(path, dump);
  }
  EXPECT_EQ(dump, ReadFileIfExists(path).value_or("missing: " + path));
}

TEST(CompileSetupTest, AsRootWithoutNetwork) { ExpectGolden("root-no-network", Spec(), {}); }

TEST(CompileSetupTest, InAUserNamespaceOnTheHostsNetwork) {
  SetupContext context;
  context.facts.in_user_namespace = true;
  context.network.own_namespace = false;
  ExpectGolden("rootless-host-network", Spec(), context);
}

TEST(CompileSetupTest, WithEveryKindOfMount) {
  SandboxSpec spec = Spec();
  spec.mounts = {
      {"/src", OverlayMount{.lowers = {"/ctx"}, .source = "sub", .writable = true, .scratch = {}}},
      {"/src/conf", BindMount{.source_root = "/store/app", .source = "etc/conf"}},
      {"/run/secrets/key",
       MemoryFile{.content = Secret("hidden"), .mode = 0400, .uid = 1, .gid = 2}},
      {"/run/agent", SocketMount{.socket = "/tmp/agent"}},
      {"/cache", TmpfsMount{.size = 4096}},
  };
  SetupContext context;
  context.mount_is_directory = {true, false, false, false, true};
  ExpectGolden("all-mounts", spec, context);
}

TEST(CompileSetupTest, AnInsecureStepIsNotMasked) {
  SandboxSpec spec = Spec();
  spec.security = SecurityMode::kInsecure;
  for (const SetupOp& op : CompileSetup(spec, {})) {
    EXPECT_FALSE(op.kind == OpKind::kReadOnlyIfExists) << Dump(op);
    EXPECT_FALSE(op.kind == OpKind::kCoverIfExists && op.path == "keys") << Dump(op);
  }
}

TEST(CompileSetupTest, NamesNoMachineWhereNoneMayBeNamed) {
  const auto names = [](bool may) {
    SetupContext context;
    context.facts.own_host_name = may;
    return Dump(CompileSetup(Spec(), context)).find("host-name") != std::string::npos;
  };
  EXPECT_TRUE(names(true));
  EXPECT_FALSE(names(false));
}

// Root's file gets its owner from the kernel; with one id it says itself whose it is.
TEST(CompileSetupTest, AMemoryFileHasItsOwnerByRecordWhereThereIsOneId) {
  SandboxSpec spec = Spec();
  spec.mounts = {{"/f", MemoryFile{.content = Secret("x"), .uid = 7, .gid = 8}}};
  SetupContext context;
  context.mount_is_directory = {false};
  context.facts.records_owners = true;
  EXPECT_NE(Dump(CompileSetup(spec, context)).find("[user.ibuild.owner=7:8]"), std::string::npos);
  context.facts.records_owners = false;
  EXPECT_EQ(Dump(CompileSetup(spec, context)).find("user.ibuild"), std::string::npos);
}

TEST(CompileSetupTest, ARootWithoutLayersIsAnError) {
  SandboxSpec spec = Spec();
  spec.root = {};
  EXPECT_THROW(CompileSetup(spec, {}), Error);
}

// Each slot is made before it is used, and made once.
TEST(CompileSetupTest, SlotsAreMadeBeforeTheyAreUsed) {
  SandboxSpec spec = Spec();
  spec.mounts = {{"/f", MemoryFile{.content = Secret("x")}}, {"/t", TmpfsMount{}}};
  SetupContext context;
  context.mount_is_directory = {false, true};
  int highest = wire::kFirstSlot - 1;
  for (const SetupOp& op : CompileSetup(spec, context)) {
    if (op.kind == OpKind::kReceive) highest += static_cast<int>(op.mode);
    EXPECT_LE(op.at, highest) << Dump(op);
    EXPECT_LE(op.slot, highest + 1) << Dump(op);
    highest = std::max(highest, op.slot);
  }
}

}  // namespace
}  // namespace ibuild::builder
