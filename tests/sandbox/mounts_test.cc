// Every kind of mount, and images and sources that try to get out.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <cstring>

#include "support/error.h"
#include "tests/sandbox/sandbox_test_case.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

// Whether overlayfs keeps its marks in trusted attributes, as it does for real root.
bool IsRootOutside() {
  return ReadFile("/proc/self/uid_map").find(" 4294967295") != std::string::npos;
}

class MountsTest : public SandboxTestCase {
 protected:
  fs::path MakeSource() {
    const fs::path source = directory() / "source";
    fs::create_directories(source / "sub");
    WriteFileAtomically(source / "file", "content");
    WriteFileAtomically(source / "sub/deep", "deep");
    return source;
  }

  // The outcome of `script` with these mounts.
  RunOutcome With(std::vector<MountEntry> mounts, const std::string& script) {
    SandboxSpec spec = Shell(script);
    spec.mounts = std::move(mounts);
    return Run(spec);
  }

  std::string Failure(std::vector<MountEntry> mounts) {
    try {
      With(std::move(mounts), "true");
    } catch (const Error& error) {
      return error.message();
    }
    return "none";
  }
};

TEST_F(MountsTest, BindsADirectoryReadOnly) {
  const BindMount mount{.source_root = MakeSource(), .source = "", .read_only = true};
  const RunOutcome outcome = With({{"/mnt", mount}}, "cat /mnt/file /mnt/sub/deep; touch /mnt/new");
  EXPECT_THAT(outcome.output, HasSubstr("contentdeep"));
  EXPECT_THAT(outcome.output, HasSubstr("Read-only file system"));
  EXPECT_EQ(Upper(), "");
}

TEST_F(MountsTest, BindsADirectoryWritable) {
  const BindMount mount{.source_root = MakeSource(), .source = "sub", .read_only = false};
  With({{"/cache/x", mount}}, "echo new >/cache/x/new");
  EXPECT_EQ(ReadFile(directory() / "source/sub/new"), "new\n");
  EXPECT_EQ(Upper(), "");
}

TEST_F(MountsTest, BindsFromALayerOfAReadOnlyRoot) {
  const fs::path layer = AddLayer("top");
  WriteFileAtomically(layer / "file", "in the layer");
  fs::create_directory(layer / "mnt");
  SandboxSpec spec = Shell("cat /mnt/file");
  spec.root.upper.clear();
  spec.root.work.clear();
  spec.mounts = {{"/mnt", BindMount{.source_root = layer, .source = ""}}};
  EXPECT_EQ(Run(spec).output, "in the layer");
}

TEST_F(MountsTest, BindsAFile) {
  const BindMount mount{.source_root = MakeSource(), .source = "/file", .read_only = true};
  EXPECT_EQ(With({{"/etc/app/conf", mount}}, "cat /etc/app/conf; stat -c %F /etc/app/conf").output,
            "contentregular file\n");
}

TEST_F(MountsTest, SaysThatASourceIsMissing) {
  EXPECT_EQ(Failure({{"/mnt", BindMount{.source_root = MakeSource(), .source = "nope"}}}),
            "mount source \"nope\" does not exist");
}

TEST_F(MountsTest, ASourceCannotLeaveItsRoot) {
  const fs::path source = MakeSource();
  WriteFileAtomically(directory() / "outside", "secret");
  fs::create_symlink("../outside", source / "up");
  fs::create_symlink(directory() / "outside", source / "absolute");
  EXPECT_NE(Failure({{"/mnt", BindMount{.source_root = source, .source = "up"}}}), "none");
  EXPECT_NE(Failure({{"/mnt", BindMount{.source_root = source, .source = "absolute"}}}), "none");
  EXPECT_NE(Failure({{"/mnt", BindMount{.source_root = source, .source = "../outside"}}}), "none");
}

TEST_F(MountsTest, ATargetIsFollowedInsideTheImageOnly) {
  const fs::path layer = AddLayer("links");
  fs::create_symlink("/../../../../real", layer / "link");
  fs::create_directory(layer / "real");
  const BindMount mount{.source_root = MakeSource(), .source = "", .read_only = true};
  EXPECT_EQ(With({{"/link", mount}}, "cat /real/file").output, "content");
}

TEST_F(MountsTest, AThrowAwayViewLeavesItsLayersAlone) {
  const fs::path source = MakeSource();
  const OverlayMount mount{.lowers = {source}, .source = "", .writable = true, .scratch = {}};
  EXPECT_EQ(
      With({{"/src", mount}}, "cd /src; echo changed >file; mkdir made; rm -r sub; ls; cat file")
          .output,
      "file\nmade\nchanged\n");
  EXPECT_EQ(ReadFile(source / "file"), "content");
  EXPECT_TRUE(fs::exists(source / "sub/deep"));
}

TEST_F(MountsTest, AThrowAwayViewCanBeKeptOnDisk) {
  const fs::path scratch = directory() / "scratch";
  fs::create_directory(scratch);
  const OverlayMount mount{
      .lowers = {MakeSource()}, .source = "sub", .writable = true, .scratch = scratch};
  EXPECT_EQ(With({{"/src", mount}}, "ls /src; echo x >/src/new; ls /src").output,
            "deep\ndeep\nnew\n");
}

TEST_F(MountsTest, SeveralLayersAreMergedInAView) {
  const fs::path upper = directory() / "second";
  fs::create_directories(upper);
  WriteFileAtomically(upper / "file", "newer");
  const OverlayMount mount{
      .lowers = {MakeSource(), upper}, .source = "", .writable = false, .scratch = {}};
  const RunOutcome outcome = With({{"/src", mount}}, "cat /src/file /src/sub/deep; touch /src/x");
  EXPECT_THAT(outcome.output, HasSubstr("newerdeep"));
  EXPECT_THAT(outcome.output, HasSubstr("Read-only file system"));
}

// As in images whose /bin is a link to /usr/bin, made by a layer below the program's.
TEST_F(MountsTest, ALinkInOneLayerOfAViewLeadsIntoAnother) {
  const fs::path below = directory() / "below";
  const fs::path above = directory() / "above";
  fs::create_directories(below);
  fs::create_directories(above / "usr/bin/dir");
  fs::create_symlink("usr/bin", below / "bin");
  WriteFileAtomically(above / "usr/bin/tool", "tool");
  OverlayMount file{
      .lowers = {below, above}, .source = "bin/tool", .writable = false, .scratch = {}};
  OverlayMount tree = file;
  tree.source = "bin/dir";
  EXPECT_EQ(With({{"/tool", file}, {"/tree", tree}}, "cat /tool; stat -c %F /tree").output,
            "tooldirectory\n");
  file.source = "bin/other";
  EXPECT_EQ(Failure({{"/tool", file}}), "mount source \"bin/other\" does not exist");
}

TEST_F(MountsTest, ATmpfsIsEmptyAndLimited) {
  const RunOutcome outcome =
      With({{"/root", TmpfsMount{.size = 64u << 10}}},
           "stat -c %a /root; ls /root; dd if=/dev/zero of=/root/x bs=1k count=100 2>&1 | head -1");
  EXPECT_THAT(outcome.output, HasSubstr("1777\n"));
  EXPECT_THAT(outcome.output, HasSubstr("No space left"));
  EXPECT_EQ(Upper(), "");
}

TEST_F(MountsTest, AMemoryFileHasItsOwnerAndModeAndCannotBeChanged) {
  const MemoryFile file{.content = Secret("s3cret\n"), .mode = 0440, .uid = 7, .gid = 8};
  const RunOutcome outcome =
      With({{"/run/secrets/key", file}},
           "cat /run/secrets/key; stat -c '%a %u %g' /run/secrets/key; echo x >/run/secrets/key");
  EXPECT_THAT(outcome.output, HasSubstr("s3cret\n440 7 8\n"));
  EXPECT_THAT(outcome.output, HasSubstr("Read-only file system"));
  EXPECT_EQ(Upper(), "");
}

TEST_F(MountsTest, AScriptInMemoryCanBeExecuted) {
  const MemoryFile script{.content = Secret("#!/bin/sh\necho ran $0\n"), .mode = 0755};
  SandboxSpec spec = Shell("");
  spec.mounts = {{"/dev/pipes/EOF", script}};
  spec.argv = {"/dev/pipes/EOF"};
  EXPECT_EQ(Run(spec).output, "ran /dev/pipes/EOF\n");
}

TEST_F(MountsTest, NoTargetLeadsToKernelFilesByALink) {
  const fs::path layer = AddLayer("links");
  fs::create_symlink("/proc", layer / "a");
  fs::create_symlink("../sys", layer / "b");
  for (const char* target : {"/a", "/a/sys", "/b", "/b/kernel"}) {
    try {
      With({{target, TmpfsMount{}}}, "true");
      ADD_FAILURE() << target;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInvalidInput) << target << error.what();
      EXPECT_THAT(error.message(), testing::HasSubstr("/proc or /sys")) << target;
    }
  }
}

TEST_F(MountsTest, ASocketOfTheHostCanBeReached) {
  const fs::path path = directory() / "agent";
  const UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.string().size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.string().size());
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  EXPECT_EQ(
      With({{"/run/agent.sock", SocketMount{.socket = path}}}, "stat -c %F /run/agent.sock").output,
      "socket\n");
}

TEST_F(MountsTest, MountsNestInOrder) {
  const BindMount outer{.source_root = MakeSource(), .source = "", .read_only = false};
  const MemoryFile inner{.content = Secret("inner"), .mode = 0444};
  EXPECT_EQ(With({{"/a", outer}, {"/a/b/c", inner}, {"/a/t", TmpfsMount{}}},
                 "cat /a/file /a/b/c; ls /a/t")
                .output,
            "contentinner");
}

TEST_F(MountsTest, TheLaterOfTwoMountsOnOneTargetWins) {
  EXPECT_EQ(With({{"/f", MemoryFile{.content = Secret("one"), .mode = 0444}},
                  {"/f", MemoryFile{.content = Secret("two"), .mode = 0444}}},
                 "cat /f")
                .output,
            "two");
}

TEST_F(MountsTest, KernelFileSystemsAreNoTargets) {
  EXPECT_EQ(Failure({{"/proc/sys", TmpfsMount{}}}), "mount target /proc/sys is inside /proc");
  EXPECT_EQ(Failure({{"/sys", TmpfsMount{}}}), "mount target /sys is inside /sys");
  EXPECT_EQ(Failure({{"/", TmpfsMount{}}}), "invalid mount target \"/\"");
  EXPECT_EQ(Failure({{"relative", TmpfsMount{}}}), "invalid mount target \"relative\"");
}

// A cache volume is written by other steps: links planted there must not lead to the host.
TEST_F(MountsTest, ALinkPlantedInAVolumeIsNoWayToMakeFilesOutside) {
  const fs::path volume = MakeSource();
  const fs::path canary = directory() / "canary";
  fs::create_directory(canary);
  fs::create_symlink(canary, volume / "trap");
  const BindMount outer{.source_root = volume, .source = "", .read_only = false};
  Failure({{"/a", outer}, {"/a/trap/inside/file", MemoryFile{.content = Secret("x")}}});
  EXPECT_TRUE(fs::is_empty(canary));
}

// Images that try to redirect our own mounts.

TEST_F(MountsTest, AnImageWhoseDevIsALinkIsRefused) {
  fs::create_symlink("/tmp", AddLayer("hostile") / "dev");
  EXPECT_EQ(Failure({}), "/dev in the image is a symbolic link");
}

TEST_F(MountsTest, AnImageWhoseProcIsALinkIsRefused) {
  fs::create_symlink("etc", AddLayer("hostile") / "proc");
  EXPECT_EQ(Failure({}), "/proc in the image is a symbolic link");
}

TEST_F(MountsTest, AnImageWhoseDevIsAFileIsRefused) {
  WriteFileAtomically(AddLayer("hostile") / "dev", "x");
  EXPECT_EQ(Failure({}), "/dev in the image is a file");
}

TEST_F(MountsTest, TheImagesOwnDeviceFilesAreNotUsed) {
  const fs::path layer = AddLayer("hostile");
  fs::create_directory(layer / "dev");
  fs::create_symlink("/proc/sys/kernel/core_pattern", layer / "dev/null");
  EXPECT_EQ(Output("test -c /dev/null && echo device; cat /proc/keys"), "device\n");
}

TEST_F(MountsTest, AHostsFileThatIsALinkStaysInside) {
  const fs::path layer = AddLayer("hostile");
  fs::create_directories(layer / "etc");
  fs::create_symlink("../data", layer / "etc/hosts");
  WriteFileAtomically(layer / "data", "image's");
  EXPECT_THAT(Output("cat /data"), HasSubstr("localhost"));
}

TEST_F(MountsTest, AResolverFileThatDanglesGetsItsTarget) {
  const fs::path layer = AddLayer("dangling");
  fs::create_directories(layer / "etc");
  fs::create_symlink("../run/systemd/resolve/stub-resolv.conf", layer / "etc/resolv.conf");
  SandboxSpec spec = Shell("cat /etc/resolv.conf; readlink /etc/resolv.conf");
  spec.network = NetworkMode::kHost;
  EXPECT_THAT(Run(spec).output, HasSubstr("../run/systemd/resolve/stub-resolv.conf\n"));
  EXPECT_EQ(Upper(), "");
}

TEST_F(MountsTest, MountPointsThatALayerRemovedAreThereAgain) {
  const fs::path layer = AddLayer("removed");
  fs::create_directories(layer / "etc");
  ASSERT_EQ(mknod((layer / "etc/hosts").c_str(), S_IFCHR, 0), 0);  // overlayfs's whiteout
  WriteFileAtomically(layer / "etc/file", "x");
  fs::permissions(layer / "etc", fs::perms(0710));
  EXPECT_THAT(Output("cat /etc/hosts; cat /etc/file"), HasSubstr("localhost"));
  EXPECT_EQ(Upper(), "");
  EXPECT_EQ(Output("stat -c %a /etc"), "710\n");
}

TEST_F(MountsTest, AnOpaqueDirectoryHidesNoMountPoint) {
  fs::create_directories(AddLayer("below") / "opt/old");
  const fs::path layer = AddLayer("opaque");
  fs::create_directories(layer / "opt");
  const bool by_user = !IsRootOutside();
  ASSERT_EQ(setxattr((layer / "opt").c_str(),
                     by_user ? "user.overlay.opaque" : "trusted.overlay.opaque", "y", 1, 0),
            0);
  SandboxSpec spec = Shell("ls /opt; cat /opt/a/b");
  spec.mounts = {{"/opt/a/b", MemoryFile{.content = Secret("inside"), .mode = 0444}}};
  EXPECT_EQ(Run(spec).output, "a\ninside");
  EXPECT_EQ(Upper(), "");
}

TEST_F(MountsTest, SeesNothingOfTheHostsFiles) {
  WriteFileAtomically(directory() / "host-file", "host");
  EXPECT_THAT(Run(Shell("find / -xdev -name host-file; ls /proc/1/root/..; "
                        "cd /; cat ../../../../../" +
                        (directory() / "host-file").string()))
                  .output,
              Not(HasSubstr("host-file\n")));
}

}  // namespace
}  // namespace ibuild::builder
