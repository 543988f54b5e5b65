// The canonical tar of a layer directory: order, fields, marks, and that it comes back the same.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "layers/apply/layer_applier.h"
#include "layers/pack/layer_packer.h"
#include "layers/tar/reader.h"
#include "support/error.h"
#include "tests/layers/tree_fixture.h"

namespace ibuild::layers {
namespace {

namespace fs = std::filesystem;

class PackTest : public ::testing::Test {
 protected:
  std::string Pack(const PackOptions& options = {}) {
    StringSink sink;
    packed_ = PackDirectory(layer_, options, sink);
    EXPECT_EQ(packed_->size, sink.text().size());
    EXPECT_EQ(packed_->diff_id.digest, oci::Digest::OfText(sink.text()));
    return sink.text();
  }

  // Names of the members in order; hard links as "name=target".
  std::vector<std::string> Members(const PackOptions& options = {}) {
    StringSource source(Pack(options));
    TarReader reader(source);
    std::vector<std::string> names;
    while (const auto entry = reader.Next()) {
      names.push_back(entry->is_hard_link ? entry->name + "=" + entry->hard_link : entry->name);
    }
    reader.ExpectEnd();
    return names;
  }

  TarEntry Only(const PackOptions& options = {}) {
    StringSource source(Pack(options));
    TarReader reader(source);
    const auto entry = reader.Next();
    return entry.value();
  }

  TempDir temp_ = MakeTestDirectory();
  fs::path layer_ = temp_.path() / "layer";
  std::optional<PackedLayer> packed_;

  void SetUp() override { fs::create_directory(layer_); }
};

TEST_F(PackTest, EmptyLayerIsTwoZeroBlocks) {
  EXPECT_EQ(Pack(), std::string(1024, '\0'));
  EXPECT_EQ(packed_->diff_id, oci::EmptyLayerId());
}

TEST_F(PackTest, DepthFirstWhiteoutsFirstThenBytesInOrder) {
  PutFile(layer_ / "b/z", "1");
  PutFile(layer_ / "b/a", "2");
  PutWhiteout(layer_ / "b/y");
  PutWhiteout(layer_ / "b/zz");
  PutFile(layer_ / "b.txt", "3");
  PutFile(layer_ / "B", "4");
  PutFile(layer_ / "b/\xc3\xa4", "5");
  const std::vector<std::string> expected = {"B",   "b",   "b/.wh.y",    "b/.wh.zz",
                                             "b/a", "b/z", "b/\xc3\xa4", "b.txt"};
  EXPECT_EQ(Members(), expected);
}

TEST_F(PackTest, OpaqueDirectoryIsAMarkInIt) {
  PutOpaque(layer_ / "d");
  PutFile(layer_ / "d/f", "1");
  PutWhiteout(layer_ / "d/g");
  const std::vector<std::string> expected = {"d", "d/.wh..wh..opq", "d/.wh.g", "d/f"};
  EXPECT_EQ(Members(), expected);
}

TEST_F(PackTest, MarksHaveNoModeOwnerOrTime) {
  PutWhiteout(layer_ / "gone");
  const TarEntry mark = Only();
  EXPECT_EQ(mark.name, ".wh.gone");
  EXPECT_EQ(mark.meta, FileMeta{});
}

TEST_F(PackTest, FieldsAreExactlyThese) {
  PutFile(layer_ / "f", "hello\n", 04755);
  SetTime(layer_ / "f", 1'600'000'000, 999'999'999);
  const std::string tar = Pack();
  const std::string_view header(tar.data(), 512);
  EXPECT_EQ(header.substr(0, 2), std::string_view("f\0", 2));
  EXPECT_EQ(header.substr(100, 8), std::string_view("0004755\0", 8));
  EXPECT_EQ(header.substr(108, 16), std::string_view("0000000\0"
                                                     "0000000\0",
                                                     16));
  EXPECT_EQ(header.substr(124, 12), std::string_view("00000000006\0", 12));
  EXPECT_EQ(header.substr(136, 12), std::string_view("13727410000\0", 12));
  EXPECT_EQ(header.substr(154, 2), std::string_view("\0 ", 2));
  EXPECT_EQ(header[156], '0');
  EXPECT_EQ(header.substr(257, 8), std::string_view("ustar\00000", 8));
  EXPECT_EQ(header.substr(265, 64), std::string(64, '\0'));  // no user, no group
  EXPECT_EQ(header.substr(329, 16), std::string_view("0000000\0"
                                                     "0000000\0",
                                                     16));
  EXPECT_EQ(tar.substr(512, 6), "hello\n");
  EXPECT_EQ(tar.size(), 512u + 512 + 1024);
}

TEST_F(PackTest, TimesMayLieBefore1970AndAreClampedToTheLimit) {
  PutFile(layer_ / "f", "");
  SetTime(layer_ / "f", -5, 500);
  EXPECT_EQ(Only().meta.mtime.seconds, -5);
  SetTime(layer_ / "f", 2'000'000'000);
  EXPECT_EQ(Only({.latest_mtime = 1'700'000'000}).meta.mtime.seconds, 1'700'000'000);
  SetTime(layer_ / "f", 1'600'000'000);
  EXPECT_EQ(Only({.latest_mtime = 1'700'000'000}).meta.mtime.seconds, 1'600'000'000);
}

TEST_F(PackTest, SecondLinkPointsToTheFirstInOrder) {
  PutFile(layer_ / "d/second", "x");
  fs::create_hard_link(layer_ / "d/second", layer_ / "first");
  fs::create_hard_link(layer_ / "d/second", layer_ / "c");
  const std::vector<std::string> expected = {"c", "d", "d/second=c", "first=c"};
  EXPECT_EQ(Members(), expected);
}

TEST_F(PackTest, SymbolicLinksHaveSecondNamesToo) {
  fs::create_symlink("target", layer_ / "a");
  fs::create_hard_link(layer_ / "a", layer_ / "b");
  const std::vector<std::string> expected = {"a", "b=a"};
  EXPECT_EQ(Members(), expected);
}

TEST_F(PackTest, WhiteoutsThatShareAnInodeAreNoHardLinks) {
  PutWhiteout(layer_ / "a");
  fs::create_hard_link(layer_ / "a", layer_ / "b");
  const std::vector<std::string> expected = {".wh.a", ".wh.b"};
  EXPECT_EQ(Members(), expected);
}

TEST_F(PackTest, SocketsAreLeftOutFifosAreKept) {
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  const std::string path = layer_ / "socket";
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::mkfifo((layer_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(Members(), std::vector<std::string>{"pipe"});
}

TEST_F(PackTest, ReservedNamesAreRefused) {
  PutFile(layer_ / "d/.wh.x", "");
  try {
    Pack();
    FAIL() << "packed a file that would read as a whiteout";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_NE(std::string(error.what()).find("/d/.wh.x"), std::string::npos) << error.what();
  }
}

TEST_F(PackTest, OnlyAttributesOfTheImageAreKept) {
  PutFile(layer_ / "f", "");
  const std::string path = layer_ / "f";
  ASSERT_EQ(::setxattr(path.c_str(), "user.mine", "v\0w", 3, 0), 0);
  ASSERT_EQ(::setxattr(path.c_str(), "user.overlay.opaque", "y", 1, 0), 0);
  ASSERT_EQ(::setxattr(path.c_str(), "user.containers.override_stat", "0:0:0644", 8, 0), 0);
  EXPECT_EQ(Only().meta.xattrs, (Xattrs{{"user.mine", std::string("v\0w", 3)}}));
}

TEST_F(PackTest, CapabilitiesAreRevisionTwo) {
  PutFile(layer_ / "f", "");
  const std::string capability("\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  const std::string path = layer_ / "f";
  ASSERT_EQ(::setxattr(path.c_str(), "security.capability", capability.data(), 20, 0), 0);
  EXPECT_EQ(Only().meta.xattrs, (Xattrs{{"security.capability", capability}}));
}

TEST_F(PackTest, LongNamesSplitThenBecomeRecords) {
  const std::string part(90, 'p');
  const std::string long_name(200, 'n');
  PutFile(layer_ / part / part / "f", "");
  PutFile(layer_ / long_name, "");
  const std::vector<std::string> expected = {long_name, part, part + "/" + part,
                                             part + "/" + part + "/f"};
  EXPECT_EQ(Members(), expected);
  const std::string tar = Pack();
  EXPECT_NE(tar.find("210 path=" + long_name + "\n"), std::string::npos);
  // The split one needs no record of its own.
  EXPECT_EQ(tar.find("path=", tar.find("path=") + 1), std::string::npos);
}

// ApplyLayer and PackDirectory are inverses on canonical tars.
TEST_F(PackTest, ComesBackTheSame) {
  PutFile(layer_ / "usr/bin/tool", std::string(70'000, 'x'), 04755);
  PutLink(layer_ / "bin", "usr/bin");
  PutDirectory(layer_ / "tmp", 01777);
  PutWhiteout(layer_ / "etc/gone");
  PutOpaque(layer_ / "opaque");
  PutFile(layer_ / "opaque/kept", "1");
  PutFile(layer_ / std::string(220, 'l'), "2");
  PutLink(layer_ / "far", std::string(300, 't'));
  fs::create_hard_link(layer_ / "usr/bin/tool", layer_ / "usr/bin/alias");
  ASSERT_EQ(::mkfifo((layer_ / "pipe").c_str(), 0600), 0);
  ASSERT_EQ(::setxattr((layer_ / "usr").c_str(), "user.k", "v", 1, 0), 0);
  ASSERT_EQ(::lchown((layer_ / "bin").c_str(), SomeOwner(), SomeOwner()), 0);
  const std::string tar = Pack();

  const fs::path again = temp_.path() / "again";
  fs::create_directory(again);
  StringSource source(tar);
  const AppliedLayer applied = ApplyLayer(source, again, LayeredTree({}));
  EXPECT_EQ(applied.diff_id, packed_->diff_id);
  EXPECT_EQ(applied.tar_size, tar.size());
  EXPECT_FALSE(applied.depends_on_lower);
  layer_ = again;
  EXPECT_EQ(Pack(), tar);
}

TEST_F(PackTest, DevicesSurviveAsNodesOrAsRecords) {
  TarHeader device;
  device.name = "null";
  device.type = '3';
  device.mode = 0666;
  device.device_major = 1;
  device.device_minor = 3;
  const std::string tar = RawTar().Add(device).End();
  StringSource source(tar);
  ApplyLayer(source, layer_, LayeredTree({}));
  EXPECT_EQ(Pack(), tar);
}

}  // namespace
}  // namespace ibuild::layers
