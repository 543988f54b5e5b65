// ADD of archives: rules and attacks. Archives are made with our own tar writer.
#include "builder/copy/unpack_archive.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "layers/tar/entry.h"
#include "layers/tar/writer.h"
#include "tests/builder/files.h"
#include "tests/expect_error.h"
#include "tests/scratch_dir.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;
using layers::FileType;
using layers::TarEntry;

class UnpackArchiveTest : public testing::Test {
 protected:
  UnpackArchiveTest() {
    for (const char* name : {"image", "upper"}) fs::create_directory(root_.path() / name);
    for (const char* name : {"image", "upper"})
      fs::permissions(root_.path() / name, fs::perms(0755));
  }

  fs::path image() const { return root_.path() / "image"; }
  fs::path upper() const { return root_.path() / "upper"; }

  static TarEntry Entry(const std::string& name, FileType type, mode_t mode = 0755) {
    TarEntry entry;
    entry.name = name;
    entry.meta.type = type;
    entry.meta.mode = mode;
    // Whose it is does not matter here, but an ordinary user can only keep files.
    entry.meta.uid = ::geteuid();
    entry.meta.gid = ::getegid();
    return entry;
  }
  static TarEntry Link(const std::string& name, const std::string& target) {
    TarEntry entry = Entry(name, FileType::kSymlink, 0777);
    entry.meta.link_target = target;
    return entry;
  }
  static TarEntry HardLink(const std::string& name, const std::string& target) {
    TarEntry entry = Entry(name, FileType::kRegular, 0644);
    entry.is_hard_link = true;
    entry.hard_link = target;
    return entry;
  }

  // Regular files hold their own name.
  std::string Tar(const std::vector<TarEntry>& entries) {
    StringSink bytes;
    layers::TarWriter writer(bytes);
    for (TarEntry entry : entries) {
      const bool has_data = entry.meta.type == FileType::kRegular && !entry.is_hard_link;
      if (!has_data) {
        writer.Add(entry);
        continue;
      }
      entry.meta.size = entry.name.size();
      StringSource content(entry.name);
      writer.Add(entry, content);
    }
    writer.Finish();
    return bytes.text();
  }

  // Only the header: the content is never there.
  static std::string TarHeader(const TarEntry& entry) {
    StringSink bytes;
    layers::TarWriter writer(bytes);
    StringSource nothing("");
    try {
      writer.Add(entry, nothing);
    } catch (const Error&) {  // there is no content
    }
    writer.Finish();
    return bytes.text().substr(0, 512);
  }

  bool Unpack(const std::string& bytes, const std::string& destination,
              const std::optional<Owner>& owner = {}) {
    Write(root_.path(), "archive", bytes);
    RemoveTree(upper());
    fs::create_directory(upper());
    fs::permissions(upper(), fs::perms(0755));
    const UniqueFd file = OpenFile(root_.path() / "archive", O_RDONLY);
    const layers::LayeredTree below({image()});
    UpperWriter target(upper(), below);
    const bool unpacked = UnpackArchive(file, target, CleanPath::Parse(destination),
                                        {.owner = owner, .limit = limit_});
    target.Finish();
    return unpacked;
  }

  std::string Merged() const { return ListTree(layers::LayeredTree({image(), upper()})); }

  ScratchDir root_;
  SourceLimit limit_;
};

TEST_F(UnpackArchiveTest, WhatIsNoArchiveIsLeftAlone) {
  EXPECT_FALSE(Unpack("just text", "/x"));
  EXPECT_EQ(Merged(), "");
}

TEST_F(UnpackArchiveTest, EntriesKeepTheirMetadataAndParentsAreImplied) {
  EXPECT_TRUE(
      Unpack(Tar({Entry("./", FileType::kDirectory, 0700), Entry("a/b/f", FileType::kRegular, 0640),
                  Entry("a/late", FileType::kDirectory, 0711)}),
             "/x"));
  EXPECT_EQ(Merged(),
            "d 755 0:0 x\nd 755 0:0 x/a\nd 755 0:0 x/a/b\nd 711 0:0 x/a/late\n"
            "f 640 0:0 x/a/b/f\n");
}

TEST_F(UnpackArchiveTest, TypesChangeBothWays) {
  Write(image(), "srv/file", "x");
  Write(image(), "srv/dir/inner", "x");
  EXPECT_TRUE(Unpack(Tar({Entry("file", FileType::kDirectory), Entry("file/in", FileType::kRegular),
                          Entry("dir", FileType::kRegular, 0644)}),
                     "/srv"));
  EXPECT_EQ(Merged(),
            "d 755 0:0 srv\nf 644 0:0 srv/dir\nd 755 0:0 srv/file\n"
            "f 755 0:0 srv/file/in\n");
}

TEST_F(UnpackArchiveTest, ADirectoryThatWasReplacedOnTheWayHidesWhatWasBelow) {
  Write(image(), "d/old", "x");
  Write(image(), "d/sub/old", "x");
  EXPECT_TRUE(Unpack(Tar({Entry("d", FileType::kRegular, 0644), Entry("d", FileType::kDirectory),
                          Entry("d/sub/new", FileType::kRegular, 0644)}),
                     "/"));
  EXPECT_EQ(Merged(), "d 755 0:0 d\nd 755 0:0 d/sub\nf 644 0:0 d/sub/new\n");
}

TEST_F(UnpackArchiveTest, LaterEntriesGoThroughTheArchivesOwnLinks) {
  EXPECT_TRUE(Unpack(Tar({Entry("real", FileType::kDirectory), Link("ln", "real"),
                          Entry("ln/f", FileType::kRegular, 0644)}),
                     "/x"));
  EXPECT_EQ(Merged(),
            "d 755 0:0 x\nl 777 0:0 x/ln -> real\nd 755 0:0 x/real\n"
            "f 644 0:0 x/real/f\n");
}

TEST_F(UnpackArchiveTest, ALinkToTheOutsideLeadsInside) {
  EXPECT_TRUE(Unpack(
      Tar({Link("out", root_.path().string()), Entry("out/planted", FileType::kRegular, 0644)}),
      "/"));
  EXPECT_FALSE(fs::exists(root_.path() / "planted"));
  EXPECT_TRUE(fs::exists(upper() / root_.path().relative_path() / "planted"));
}

// To overlayfs it would say that the file of that name is gone.
TEST_F(UnpackArchiveTest, TheDeviceThatMarksRemovedFilesIsRefused) {
  Write(image(), "x/f", "kept");
  TarEntry device = Entry("f", FileType::kCharDevice, 0644);
  device.meta.device = 0;
  ExpectError(ErrorKind::kUnsupported, "\"/x/f\": image layers cannot hold",
              [&] { Unpack(Tar({device}), "/x/"); });
}

TEST_F(UnpackArchiveTest, NamesThatClimbOutAreRefused) {
  for (const char* name : {"../up", "a/../../up", "../../../up"}) {
    ExpectError(ErrorKind::kInvalidInput, "invalid entry name",
                [&] { Unpack(Tar({Entry(name, FileType::kRegular)}), "/x/y"); });
  }
  ExpectError(ErrorKind::kInvalidInput, "invalid entry name",
              [&] { Unpack(Tar({HardLink("h", "../../etc/passwd")}), "/x/y"); });
}

TEST_F(UnpackArchiveTest, AnAbsoluteNameIsBelowTheDestination) {
  EXPECT_TRUE(Unpack(Tar({Entry("/etc/f", FileType::kRegular, 0644)}), "/x"));
  EXPECT_EQ(Merged(), "d 755 0:0 x\nd 755 0:0 x/etc\nf 644 0:0 x/etc/f\n");
}

TEST_F(UnpackArchiveTest, AHardLinkNeedsItsFile) {
  Write(image(), "shadow", "secret");
  EXPECT_TRUE(Unpack(Tar({Entry("f", FileType::kRegular, 0644), HardLink("h", "f")}), "/x"));
  ExpectError(ErrorKind::kCorrupt, "not found before it",
              [&] { Unpack(Tar({HardLink("h2", "shadow")}), "/x"); });
}

TEST_F(UnpackArchiveTest, AHardLinkMayBeToWhatWasThereBefore) {
  Write(image(), "d/f", "old");
  EXPECT_TRUE(Unpack(Tar({HardLink("h", "f")}), "/d"));
  const layers::LayeredTree tree({image(), upper()});
  EXPECT_EQ(tree.Find(CleanPath::Parse("d/f"))->inode, tree.Find(CleanPath::Parse("d/h"))->inode);
}

TEST_F(UnpackArchiveTest, WhatAHardLinkSaysHoldsForTheFile) {
  TarEntry link = HardLink("h", "f");
  link.meta.mode = 0600;
  link.meta.mtime = {.seconds = 1000, .nanoseconds = 0};
  EXPECT_TRUE(Unpack(Tar({Entry("f", FileType::kRegular, 0644), link}), "/x"));
  const layers::LayeredTree tree({image(), upper()});
  const auto file = tree.Find(CleanPath::Parse("x/f"));
  EXPECT_EQ(file->meta.mode, 0600u);
  EXPECT_EQ(file->meta.mtime.seconds, 1000);
}

TEST_F(UnpackArchiveTest, AbsoluteLinksStartAtTheDestination) {
  fs::create_directories(image() / "srv");
  fs::create_symlink("/etc", image() / "srv/there");
  EXPECT_TRUE(Unpack(Tar({Link("own", "/etc"), Entry("own/f", FileType::kRegular, 0644),
                          Entry("there/g", FileType::kRegular, 0644)}),
                     "/srv"));
  EXPECT_EQ(Merged(),
            "d 755 0:0 srv\nd 755 0:0 srv/etc\nl 777 0:0 srv/own -> /etc\n"
            "l 777 0:0 srv/there -> /etc\nf 644 0:0 srv/etc/f\nf 644 0:0 srv/etc/g\n");
}

TEST_F(UnpackArchiveTest, LinksThatClimbOutOfTheDestinationAreNotFollowed) {
  ExpectError(ErrorKind::kInvalidInput, "links lead out of /srv", [&] {
    Unpack(Tar({Link("l", "../etc"), Entry("l/f", FileType::kRegular, 0644)}), "/srv");
  });
}

TEST_F(UnpackArchiveTest, ABombIsRefusedBeforeAnyOfItIsWritten) {
  TarEntry bomb = Entry("bomb", FileType::kRegular, 0644);
  bomb.meta.size = 2ull << 30;
  const std::string header = TarHeader(bomb);
  ExpectError(ErrorKind::kResourceExhausted, "unpacks to more than 1.0 GiB",
              [&] { Unpack(header, "x"); });
  EXPECT_FALSE(fs::exists(upper() / "x" / "bomb"));
  limit_.bytes = 3ull << 30;  // the user knows what it is
  ExpectError(ErrorKind::kCorrupt, "", [&] { Unpack(header, "x"); });
}

TEST_F(UnpackArchiveTest, TheLimitIsForAllMembersTogether) {
  const std::string tar =
      Tar({Entry("aaaaaaaaaa", FileType::kRegular), Entry("bbbbbbbbbb", FileType::kRegular)});
  limit_.bytes = 20;
  EXPECT_TRUE(Unpack(tar, "x"));
  limit_.bytes = 19;
  ExpectError(ErrorKind::kResourceExhausted, "more than 19 B", [&] { Unpack(tar, "x"); });
}

TEST(SourceLimit, AnArchiveMayUnpackToAThousandTimesItsSize) {
  constexpr std::uint64_t kGiB = 1ull << 30;
  EXPECT_EQ(SourceLimit().ForArchive(1000), kGiB);
  EXPECT_EQ(SourceLimit().ForArchive(10'000'000), 10'000'000'000ull);
  EXPECT_EQ(SourceLimit().ForArchive(kGiB), 64 * kGiB);
  EXPECT_EQ(SourceLimit().ForArchive(~0ull), 64 * kGiB);
  EXPECT_EQ(SourceLimit().ForStream(), 64 * kGiB);
  EXPECT_EQ(SourceLimit{.bytes = 7}.ForArchive(1000), 7u);
  EXPECT_EQ(SourceLimit{.bytes = 7}.ForStream(), 7u);
}

TEST_F(UnpackArchiveTest, ACutArchiveIsAnError) {
  TarEntry big = Entry(std::string(90, 'n'), FileType::kRegular);
  const std::string whole = Tar({big, big});
  const auto error = CatchError([&] { Unpack(whole.substr(0, 1500), "/x"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kCorrupt);
}

TEST_F(UnpackArchiveTest, AFileInPlaceOfTheDestinationIsAnError) {
  Write(image(), "x", "file");
  ExpectError(ErrorKind::kInvalidInput, "not a directory",
              [&] { Unpack(Tar({Entry("f", FileType::kRegular)}), "/x"); });
}

}  // namespace
}  // namespace ibuild::builder
