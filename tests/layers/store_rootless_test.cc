// One store seen from two sides: by an ordinary user, and by the same user as root of a user
// namespace, where the files of layers have their owners.
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "layers/store/reclaim.h"
#include "layers/tree/device_record.h"
#include "layers/tree/layered_tree.h"
#include "support/recorded_owner.h"
#include "tests/layers/image_fixture.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

constexpr uid_t kUser = 23456;  // when the tests run as root: nobody in particular

// Only root can hand out subordinate ids by itself; ordinary users test with their one id. Asked
// once, before any test changes who it is.
const bool kHasSubordinateIds = ::geteuid() == 0;

class RootlessTest : public ImageTest {
 protected:
  RootlessTest() {
    EXPECT_EQ(::chmod(scratch().c_str(), 0711), 0);
    MakeDirectories(root(), 0700);
    if (kHasSubordinateIds && ::chown(root().c_str(), kUser, kUser) != 0) ThrowErrno("chown");
  }

  static void BecomeUser() {
    if (!kHasSubordinateIds) return;
    const bool done = ::setgroups(0, nullptr) == 0 && ::setresgid(kUser, kUser, kUser) == 0 &&
                      ::setresuid(kUser, kUser, kUser) == 0;
    if (!done) ThrowErrno("become a user");
    ReconsiderOwners();
  }

  void AsUser(const std::function<void(Store&)>& work) const {
    ChildRun child([&] {
      BecomeUser();
      Store store = Open();
      work(store);
    });
    EXPECT_EQ(child.Wait(), 0);
  }

  // The maps are written from outside, as newuidmap(1) would.
  void AsNamespaceRoot(const std::function<void(Store&)>& work) const {
    Pipe entered = MakePipe();
    const Pipe mapped = MakePipe();
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(RunInNamespace(entered, mapped, work));
    entered.write_end.Reset();  // a child that fails has no more to say
    std::byte byte;
    ASSERT_EQ(ReadUpTo(entered.read_end.get(), {&byte, 1}), 1u) << "no user namespace here";
    const path process = "/proc/" + std::to_string(pid);
    WriteMap(process / "setgroups", kHasSubordinateIds ? "allow" : "deny");
    for (const char* file : {"uid_map", "gid_map"}) {
      const uid_t own = file[0] == 'u' ? ::geteuid() : ::getegid();
      WriteMap(process / file, kHasSubordinateIds
                                   ? "0 " + std::to_string(kUser) + " 1\n1 200000 65536\n"
                                   : "0 " + std::to_string(own) + " 1\n");
    }
    WriteAll(mapped.write_end.get(), "m");
    int status = -1;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }

 private:
  static void WriteMap(const path& file, const std::string& text) {
    WriteAll(OpenFile(file, O_WRONLY).get(), text);
  }

  int RunInNamespace(const Pipe& entered, const Pipe& mapped,
                     const std::function<void(Store&)>& work) const {
    try {
      BecomeUser();
      if (::unshare(CLONE_NEWUSER) != 0) ThrowErrno("unshare");
      // Writing another's maps needs it to be dumpable, which changing ids has undone.
      ::prctl(PR_SET_DUMPABLE, 1);
      WriteAll(entered.write_end.get(), "e");
      std::byte byte;
      ReadUpTo(mapped.read_end.get(), {&byte, 1});
      if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) ThrowErrno("become root");
      ReconsiderOwners();
      Store store = Open();
      work(store);
      return 0;
    } catch (const std::exception& error) {
      WriteAll(2, std::string(error.what()) + "\n");
      return 1;
    }
  }
};

void Expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

const std::string kKey(64, 'f');

TEST_F(RootlessTest, BothSidesUseOneStore) {
  AsUser([](Store& store) {
    store.WriteRecord(kKey, "by the user");
    Put(store, "a blob");
  });
  const path image_file = scratch() / "image";
  oci::DiffId layer{oci::Digest::OfText("")};
  const Pipe answer = MakePipe();
  AsNamespaceRoot([&](Store& store) {
    Expect(store.ReadRecord(kKey) == "by the user", "record");
    Expect(store.blobs().Has(oci::Digest::OfText("a blob")), "blob");
    StagedLayer staged = store.layer_directories().Stage();
    WriteFileAtomically(staged.upper() / "file", "x");
    if (kHasSubordinateIds) {
      Expect(::chown((staged.upper() / "file").c_str(), 33, 33) == 0, "chown");
      MakeDirectories(staged.upper() / "closed/inner", 0700);
      Expect(::chown((staged.upper() / "closed").c_str(), 33, 33) == 0, "chown");
    }
    NullSink sink;
    const PackedLayer packed = PackDirectory(staged.upper(), {.latest_mtime = 0}, sink);
    store.layer_directories().Commit(std::move(staged), packed);
    const oci::Descriptor plain{.media_type = std::string(oci::kOciLayer),
                                .digest = packed.diff_id.digest,
                                .size = packed.size};
    const TestImage image = PutImage(store.blobs(), {packed.diff_id}, {plain});
    store.names().Set({{Ref("app:1"), image.descriptor}});
    Expect(oci::Digest::OfText(Get(store, plain)) == plain.digest, "tar");
    WriteAll(answer.write_end.get(), packed.diff_id.digest.hex());
  });
  std::string hex(64, '\0');
  ReadUpTo(answer.read_end.get(), std::as_writable_bytes(std::span(hex)));
  layer.digest = oci::Digest::Parse("sha256:" + hex);

  AsUser([&](Store& store) {
    Expect(store.names().Find(Ref("app:1")).has_value(), "name");
    Expect(store.layer_directories().Has(layer), "layer");
    Expect(store.layer_directories().FindStack({layer}).has_value(), "stack");
    // Its files seem to belong to other ids from here: no tar rather than a wrong one.
    const Error error =
        ErrorOf([&] { store.blobs().Open({.media_type = {}, .digest = layer.digest, .size = 1}); });
    Expect(error.kind() == ErrorKind::kPermissionDenied, "tar outside");
    store.names().Set({{Ref("app:2"), *store.names().Find(Ref("app:1"))}});
    store.WriteRecord(kKey, "again by the user");
  });
  AsNamespaceRoot([&](Store& store) {
    Expect(store.names().List().size() == 2, "names");
    Expect(store.ReadRecord(kKey) == "again by the user", "record");
  });
}

TEST_F(RootlessTest, WhatTheUserMayNotDeleteWaitsInTheTrash) {
  AsNamespaceRoot([](Store& store) {
    StagedLayer staged = store.layer_directories().Stage();
    MakeDirectories(staged.upper() / "closed/inner", 0700);
    if (kHasSubordinateIds) {
      Expect(::chown((staged.upper() / "closed").c_str(), 33, 33) == 0, "chown");
    }
    NullSink sink;
    const PackedLayer packed = PackDirectory(staged.upper(), {}, sink);
    store.layer_directories().Commit(std::move(staged), packed);
  });
  AsUser([](Store& store) {
    Expect(Prune(store, {.cache = true}).layers == 1, "layers");
    Expect(CountEntries(store.layout().layers()) == 0, "gone from layers");
    Expect(CountEntries(store.layout().trash()) == (kHasSubordinateIds ? 1u : 0u), "trash");
  });
  AsNamespaceRoot([](Store& store) {
    Prune(store, {});
    Expect(CountEntries(store.layout().trash()) == 0, "trash");
  });
}

// Nobody watches what a step with many ids does to the file that stands for its device.
TEST_F(RootlessTest, ADeviceThatStandsInAStoreFollowsItsFile) {
  AsNamespaceRoot([](Store& store) {
    const StagedLayer staged = store.layer_directories().Stage();
    FileMeta device;
    device.type = FileType::kCharDevice;
    device.mode = 0666;
    device.device = makedev(1, 3);
    const path file = staged.upper() / "null";
    WriteFileAtomically(file, "");
    SetDeviceRecord(OpenFile(file, O_WRONLY).get(), device);
    const auto look = [&] { return LayeredTree({staged.upper()}).Find(CleanPath::Parse("null")); };
    Expect(look()->meta.device == makedev(1, 3) && look()->meta.mode == 0666, "as it was made");
    if (!kHasSubordinateIds) return;
    Expect(::chmod(file.c_str(), 0604) == 0, "chmod");
    Expect(look()->meta.type == FileType::kCharDevice && look()->meta.mode == 0604, "changed");
    Expect(::setxattr(file.c_str(), "user.ibuild.device", "c 1 3 666", 9, 0) == 0, "setxattr");
    Expect(look()->meta.type == FileType::kRegular, "a record that wants its mark");
  });
}

}  // namespace
}  // namespace ibuild::layers
