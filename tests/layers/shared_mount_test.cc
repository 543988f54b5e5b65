// Cache mounts that travel: what a directory becomes and is again, how little a second time costs,
// who wins, and what an index that lies comes to.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "layers/apply/entry_placer.h"
#include "layers/shared/chunk_cutter.h"
#include "layers/shared/receive_mount.h"
#include "layers/shared/send_mount.h"
#include "oci/blob_store.h"
#include "support/files.h"
#include "tests/expect_error.h"
#include "tests/layers/store_fixture.h"

namespace ibuild::layers {
namespace {

namespace fs = std::filesystem;

std::string RandomBytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::vector<std::string> Chunks(const std::string& text) {
  std::vector<std::string> chunks;
  StringSource source(text);
  CutChunks(source, [&](std::span<const std::byte> bytes) { chunks.emplace_back(AsText(bytes)); });
  return chunks;
}

TEST(ChunkCutter, CutsWhereTheContentSaysSo) {
  const std::string text = RandomBytes(4u << 20, 1);
  const auto before = Chunks(text);
  const auto after = Chunks(text.substr(0, 1000000) + "inserted" + text.substr(1000000));
  std::set<std::string> known(before.begin(), before.end());
  std::string joined;
  std::size_t others = 0;
  for (const std::string& chunk : after) {
    others += known.contains(chunk) ? 0u : 1u;
    joined += chunk;
    EXPECT_LE(chunk.size(), kMostChunk);
  }
  EXPECT_EQ(joined.size(), text.size() + 8);
  EXPECT_LE(others, 2u);
  EXPECT_GT(before.size(), (4u << 20) / kMostChunk + 10);
  EXPECT_LT(before.size(), (4u << 20) / kLeastChunk);
}

class SharedMountTest : public testing::Test {
 protected:
  fs::path root() const { return temp_.path(); }

  void Write(const std::string& file, const std::string& content, std::int64_t seconds = 1000,
             std::int64_t nanoseconds = 7) const {
    MakeDirectories((root() / file).parent_path());
    WriteFileAtomically(root() / file, content);
    SetTime(file, seconds, nanoseconds);
  }
  void SetTime(const std::string& file, std::int64_t seconds, std::int64_t nanoseconds = 7) const {
    const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (root() / file).c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
  }
  std::string Read(const std::string& file) const { return ReadFile(root() / file); }
  struct stat Stat(const std::string& file) const {
    struct stat info {};
    EXPECT_EQ(::lstat((root() / file).c_str(), &info), 0) << file;
    return info;
  }

  SentMount Send(const std::string& directory, std::vector<MountIndex> present = {},
                 bool is_successor = false, std::uint64_t limit = 0) {
    sent_ = 0;
    SentMount sent = SendMount({.directory = root() / directory,
                                .present = std::move(present),
                                .is_successor = is_successor,
                                .limit = limit},
                               [&](const oci::Descriptor& pack, const std::string& bytes) {
                                 EXPECT_TRUE(packs_.emplace(pack.digest, bytes).second);
                                 sent_ += bytes.size();
                               });
    sent.index = ParseMountIndex(Serialize(sent.index));
    return sent;
  }

  ReceivedMount Receive(const MountIndex& index, const std::string& directory, bool is_new = true) {
    MakeDirectories(root() / directory);
    const TempDir scratch(root());
    opened_ = 0;
    return ReceiveMount(
        index, {.directory = root() / directory, .scratch = scratch.path(), .is_new = is_new},
        [&](const oci::Descriptor& pack) {
          ++opened_;
          return std::make_unique<oci::VerifyingSource>(
              std::make_unique<StringSource>(packs_.at(pack.digest)), pack);
        });
  }

  TempDir temp_{fs::temp_directory_path()};
  std::map<oci::Digest, std::string> packs_;
  std::uint64_t sent_ = 0;
  std::atomic<int> opened_ = 0;
};

TEST_F(SharedMountTest, EverythingThatCountsComesBack) {
  Write("a/plain", "content");
  Write("a/deep/er/big file \xff%\n", RandomBytes(700000, 2), 1234567, 123456789);
  Write("a/empty", "");
  ASSERT_EQ(::link((root() / "a/plain").c_str(), (root() / "a/same").c_str()), 0);
  fs::create_symlink("../nowhere", root() / "a/link");
  ASSERT_EQ(::mkfifo((root() / "a/pipe").c_str(), 0640), 0);
  ASSERT_EQ(::chmod((root() / "a/deep").c_str(), 03711), 0);
  ASSERT_EQ(::chmod((root() / "a/plain").c_str(), 04750), 0);
  ASSERT_EQ(::setxattr((root() / "a/plain").c_str(), "user.word", "value", 5, 0), 0);
  if (::geteuid() == 0) {
    ASSERT_EQ(::lchown((root() / "a/link").c_str(), 12, 34), 0);
  }
  SetTime("a/link", 77);
  SetTime("a/deep", 88, 999999999);
  SetTime("a", 99);
  const SentMount sent = Send("a");
  const ReceivedMount received = Receive(sent.index, "b");
  EXPECT_EQ(received.files, 9u);
  for (const char* file : {"", "plain", "same", "empty", "link", "pipe", "deep", "deep/er",
                           "deep/er/big file \xff%\n"}) {
    const auto before = Stat("a/" + std::string(file));
    const auto after = Stat("b/" + std::string(file));
    EXPECT_EQ(after.st_mode, before.st_mode) << file;
    EXPECT_EQ(after.st_uid, before.st_uid) << file;
    EXPECT_EQ(after.st_gid, before.st_gid) << file;
    EXPECT_EQ(after.st_mtim.tv_sec, before.st_mtim.tv_sec) << file;
    EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec) << file;
    if (S_ISREG(before.st_mode)) {
      EXPECT_EQ(Read("b/" + std::string(file)), Read("a/" + std::string(file)));
    }
  }
  EXPECT_EQ(Stat("b/plain").st_ino, Stat("b/same").st_ino);
  EXPECT_EQ(fs::read_symlink(root() / "b/link"), "../nowhere");
  char value[8];
  EXPECT_EQ(::getxattr((root() / "b/plain").c_str(), "user.word", value, sizeof value), 5);
}

TEST_F(SharedMountTest, AFileWithNamesInSeveralDirectoriesStaysOne) {
  Write("a/x/deep/one", "content");
  MakeDirectories(root() / "a/y");
  MakeDirectories(root() / "a/x.d");
  for (const char* name : {"a/y/two", "a/x.d/three", "a/last"}) {
    ASSERT_EQ(::link((root() / "a/x/deep/one").c_str(), (root() / name).c_str()), 0);
  }
  Receive(Send("a").index, "b");
  EXPECT_EQ(Stat("b/x/deep/one").st_nlink, 4u);
}

TEST_F(SharedMountTest, AFewChangesCostLittle) {
  for (int i = 0; i < 1000; ++i) {
    Write(fmt::format("a/{}/{}", i % 10, i), RandomBytes(8000, static_cast<unsigned>(i)));
  }
  Write("a/large", RandomBytes(8u << 20, 5000));
  const SentMount first = Send("a");
  const std::uint64_t whole = sent_ + Serialize(first.index).size();
  for (int i = 0; i < 10; ++i)
    Write(fmt::format("a/{}/{}", i, i * 100 + i), RandomBytes(8000, 6000), 2000);
  const SentMount second = Send("a", {first.index}, true);
  EXPECT_LE(sent_, whole / 100);
  EXPECT_LE(sent_ + Serialize(second.index).size(), whole / 20);
  const SentMount third = Send("a", {second.index}, true);
  EXPECT_EQ(sent_, 0u);
  EXPECT_EQ(Serialize(third.index), Serialize(second.index));
  Receive(third.index, "b");
  EXPECT_EQ(Read("b/0/0"), Read("a/0/0"));
  EXPECT_EQ(Read("b/large"), Read("a/large"));
}

TEST_F(SharedMountTest, OfTwoWritersTheNewestOfEachFileWins) {
  Write("a/both", "older", 1000);
  Write("a/mine", "a");
  Write("b/both", "newer", 2000);
  Write("b/sub/theirs", "b");
  const SentMount a = Send("a");
  const SentMount b = Send("b", {a.index});
  Receive(b.index, "c");
  EXPECT_EQ(Read("c/both"), "newer");
  EXPECT_EQ(Read("c/mine"), "a");
  EXPECT_EQ(Read("c/sub/theirs"), "b");
  const SentMount again = Send("a", {b.index});
  Receive(again.index, "d");
  EXPECT_EQ(Read("d/both"), "newer") << "not ours, though we were last";
}

TEST_F(SharedMountTest, WhatWasRemovedSinceGoesOnlyWhenNobodyElseWrote) {
  Write("a/stays", "1");
  Write("a/goes", "2");
  const SentMount before = Send("a");
  fs::remove(root() / "a/goes");
  EXPECT_TRUE(Send("a", {before.index}).index.files.contains(CleanPath::Parse("goes")));
  EXPECT_FALSE(Send("a", {before.index}, true).index.files.contains(CleanPath::Parse("goes")));
}

TEST_F(SharedMountTest, BringsOnlyWhatIsNewerIntoOneThatIsHere) {
  Write("a/older", "theirs", 1000);
  Write("a/newer", "theirs", 3000);
  Write("a/added/file", "theirs", 1000);
  Write("b/older", "ours", 2000);
  Write("b/newer", "ours", 2000);
  SetTime("b", 5);
  const SentMount sent = Send("a");
  EXPECT_EQ(Receive(sent.index, "b", false).files, 3u);
  EXPECT_EQ(Read("b/older"), "ours");
  EXPECT_EQ(Read("b/newer"), "theirs");
  EXPECT_EQ(Read("b/added/file"), "theirs");
  Receive(sent.index, "b", false);
  EXPECT_EQ(opened_, 0) << "packs that nobody needs";
}

// Gives some bytes, then fails.
class BrokenSource final : public ByteSource {
 public:
  std::size_t Read(std::span<std::byte> buffer) override {
    if (std::exchange(broken_, true)) throw Error(ErrorKind::kUnavailable, "no more");
    return std::min<std::size_t>(buffer.size(), 3);
  }

 private:
  bool broken_ = false;
};

TEST_F(SharedMountTest, AFileThatCouldNotBeFinishedLeavesTheOldOneWithItsTimes) {
  Write("a/file", "theirs", 3000);
  Write("b/file", "ours", 2000);
  SetTime("b", 5);
  MountIndex index = Send("a").index;
  MountFile& file = index.files.at(CleanPath::Parse("file"));
  file.meta.xattrs["user.long"] = std::string(100000, 'x');  // more than any file can have
  ExpectError(ErrorKind::kSystem, "", [&] { Receive(index, "b", false); });
  EXPECT_EQ(Read("b/file"), "ours");
  EXPECT_EQ(Stat("b/file").st_mtim.tv_sec, 2000) << "it would count as newer than theirs for ever";
  EXPECT_EQ(Stat("b").st_mtim.tv_sec, 5);
  EXPECT_EQ(std::distance(fs::directory_iterator(root() / "b"), {}), 1);
}

TEST_F(SharedMountTest, WhatIsPlacedWholeShowsNothingOfASourceThatFails) {
  Write("b/file", "ours", 2000);
  MakeDirectories(root() / "workshop");
  const UniqueFd workshop = OpenFile(root() / "workshop", O_RDONLY | O_DIRECTORY);
  const LayeredTree nothing({});
  EntryPlacer placer(root() / "b", nothing, {});
  TarEntry entry;
  entry.name = "file";
  entry.meta.size = 6;
  entry.meta.mode = 0644;
  entry.meta.uid = ::geteuid();
  entry.meta.gid = ::getegid();
  BrokenSource broken;
  ExpectError(ErrorKind::kUnavailable, "no more",
              [&] { placer.PlaceWhole(entry, broken, workshop.get()); });
  EXPECT_EQ(Read("b/file"), "ours");
  fs::remove(root() / "workshop/file");
  MakeDirectories(root() / "b/other/deep");
  entry.name = "other";
  StringSource whole("theirs");
  placer.PlaceWhole(entry, whole, workshop.get());
  EXPECT_EQ(Read("b/other"), "theirs") << "in the place of a directory";
}

TEST_F(SharedMountTest, ALimitLeavesOutWhatChangedLeastRecently) {
  Write("a/oldest", std::string(100, 'a'), 1000);
  Write("a/older", std::string(100, 'b'), 2000);
  Write("a/newest", std::string(100, 'c'), 3000);
  const SentMount sent = Send("a", {}, false, 250);
  EXPECT_EQ(sent.left_out, 1u);
  EXPECT_EQ(sent.bytes, 200u);
  EXPECT_FALSE(sent.index.files.contains(CleanPath::Parse("oldest")));
}

TEST_F(SharedMountTest, SoDoesALimitOfFiles) {
  for (int i = 0; i < 10; ++i) Write(fmt::format("a/{}", i), "1", 1000 + i);
  const auto send = [&](std::size_t most) {
    return SendMount({.directory = root() / "a", .most_files = most}, [](const auto&...) {});
  };
  EXPECT_EQ(send(8).left_out, 3u) << "the mount itself is one of them";
  EXPECT_FALSE(send(8).index.files.contains(CleanPath::Parse("2")));
  EXPECT_TRUE(send(8).index.files.contains(CleanPath::Parse("3")));
  fs::create_symlink("nowhere", root() / "a/link");
  ExpectError(ErrorKind::kResourceExhausted, "cannot travel", [&] { send(1); });
}

TEST_F(SharedMountTest, WhatNoCacheCanHoldStaysHere) {
  Write("a/file", "1");
  Write("a/.wh.file", "2");
  EXPECT_EQ(Send("a").left_out, 1u);
  packs_.clear();
  Write("a/.wh.directory/below", "3");
  EXPECT_EQ(Send("a").left_out, 3u);
}

TEST_F(SharedMountTest, AnIndexThatLiesIsFoundOut) {
  Write("a/file", "content");
  MountIndex index = Send("a").index;
  MountIndex other = index;
  other.packs[0].chunks[0].digest = oci::Digest::OfText("other");
  other.files[CleanPath::Parse("file")].chunks = {oci::Digest::OfText("other")};
  ExpectError(ErrorKind::kCorrupt, "not what its index says", [&] { Receive(other, "b"); });
  MountIndex longer = index;  // a chunk that begins behind the end
  longer.packs[0].chunks = {{index.packs[0].chunks[0].digest, 7},
                            {oci::Digest::OfText(""), 9},
                            {oci::Digest::OfText(""), 9}};
  ExpectError(ErrorKind::kCorrupt, "shorter than its index says", [&] { Receive(longer, "d"); });
  index.packs[0].chunks[0].length = 3;
  ExpectError(ErrorKind::kCorrupt, "longer than its index says", [&] { Receive(index, "c"); });
}

TEST_F(SharedMountTest, AnIndexThatIsDamagedIsRefused) {
  const std::string hex = oci::Digest::OfText("").hex();
  const std::string pack = "ibuild mount 1\npack " + hex + " 9 " + hex + " 7\n";
  ExpectError(ErrorKind::kUnsupported, "later version",
              [] { ParseMountIndex("ibuild mount 2\n"); });
  for (const std::string& text :
       {std::string(), std::string("nonsense\n"), pack.substr(0, pack.size() - 1),
        pack + "file 644 0 0 1 0 1 /a\n", pack + "file 644 0 0 1 0 0-9999999999 /a\n",
        pack + "file 644 0 0 1 x 0 /a\n", pack + "device 644 0 0 1 0 - /a\n",
        pack + "dir 755 0 0 1 0 0 /a\n", pack + "file 644 0 0 1 0 0 /\n", pack + "file 644 0 0\n",
        pack + "file 644 0 0 1 0 0 /a\nfile 644 0 0 1 0 0 /b/../a\n",
        pack + "file 644 0 0 1 0 0 /a colour=red\n",
        "ibuild mount 1\npack " + hex + " 9 " + hex + " 999999\n"}) {
    ExpectError(ErrorKind::kCorrupt, "", [&] { ParseMountIndex(text); });
  }
  const auto expect = [](const std::string& text, const std::string& why) {
    ExpectError(ErrorKind::kCorrupt, why, [&] { ParseMountIndex(text); });
  };
  const std::string root = "dir 755 0 0 1 0 - /\n";
  EXPECT_EQ(ParseMountIndex(pack + root + "file 644 0 0 1 0 0 /a\n").files.size(), 2u);
  expect(pack + "file 644 0 0 1 0 0 /a\n", "what the mount itself is");
  expect(pack + root + "file 644 0 0 1 0 0 /a%00b\n", "");
  expect(pack + root + "file 644 0 0 1 0 0 /a same=/b%00c\n", "");
  expect(pack + "pack " + hex + " 9 " + hex + " 8\n" + root, "two lengths");
  expect("ibuild mount 1\n" + std::string(2u << 20, '\n'), "more files");
}

TEST_F(SharedMountTest, NothingIsPlacedOutside) {
  Write("a/file", "content");
  MountIndex index = Send("a").index;
  MountFile link;
  link.meta.type = FileType::kSymlink;
  link.meta.link_target = "../outside";
  index.files[CleanPath::Parse("way")] = link;
  MountFile file = index.files.at(CleanPath::Parse("file"));
  index.files[CleanPath::Parse("way/in")] = file;
  MakeDirectories(root() / "outside");
  try {
    Receive(index, "b");
  } catch (const Error&) {
  }
  EXPECT_TRUE(fs::is_empty(root() / "outside"));
}

}  // namespace
}  // namespace ibuild::layers
