// One image out of an OCI layout.
#include "layers/archive/image_archive.h"
#include "layers/archive/layout_image.h"
#include "layers/archive/make_exportable.h"
#include "tests/expect_error.h"
#include "tests/layers/image_fixture.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

class LayoutImageTest : public ImageTest {
 protected:
  LayoutImageTest() : one_(Exported("one")), two_(Exported("two")) {}

  oci::Descriptor Exported(const std::string& content) {
    return MakeExportable(store_, BuildImage(store_, {{{"f", content}}}).descriptor, {}, reporter_);
  }
  path Layout(const std::vector<ArchivedImage>& images) {
    StringSink sink;
    WriteArchive(store_.blobs(), ArchiveKind::kOci, images, sink);
    const path file = scratch() / "layout.tar";
    WriteFileAtomically(file, sink.text());
    return file;
  }
  path BothTagged() { return Layout({{one_, {Ref("a:v1")}}, {two_, {Ref("a:latest")}}}); }

  oci::Digest Import(const LayoutImage& image) {
    Store fresh = Store::Open(scratch() / ("store-" + RandomHex()));
    const oci::Descriptor root = ImportLayoutImage(fresh, image, reporter_);
    EXPECT_TRUE(fresh.blobs().Has(root.digest));
    EXPECT_TRUE(fresh.names().List().empty());
    return root.digest;
  }

  Store store_ = Open();
  SilentReporter reporter_;
  oci::Descriptor one_;
  oci::Descriptor two_;
};

TEST_F(LayoutImageTest, ByTagByDigestAndByDefaultTheLatest) {
  const path layout = BothTagged();
  EXPECT_EQ(Import({.path = layout, .tag = "v1", .digest = {}}), one_.digest);
  EXPECT_EQ(Import({.path = layout, .tag = {}, .digest = one_.digest}), one_.digest);
  EXPECT_EQ(Import({.path = layout, .tag = {}, .digest = {}}), two_.digest);
}

TEST_F(LayoutImageTest, TheOnlyImageNeedsNoTag) {
  EXPECT_EQ(Import({.path = Layout({{one_, {}}}), .tag = {}, .digest = {}}), one_.digest);
}

TEST_F(LayoutImageTest, AMissingTagIsAnErrorThatNamesTheOthers) {
  const path layout = BothTagged();
  const auto error = CatchError([&] { Import({.path = layout, .tag = "v2", .digest = {}}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kNotFound);
  EXPECT_EQ(error->hint(), "it has v1, latest");
}

TEST_F(LayoutImageTest, WhatIsNoLayout) {
  const path empty = scratch() / "empty";
  std::filesystem::create_directory(empty);
  ExpectError(ErrorKind::kInvalidInput, "no OCI layout",
              [&] { Import({.path = empty, .tag = {}, .digest = {}}); });
}

TEST_F(LayoutImageTest, BlobsAreWhatTheirDigestsSay) {
  StringSink sink;
  WriteArchive(store_.blobs(), ArchiveKind::kOci, {{one_, {}}}, sink);
  std::string bytes = sink.text();
  const std::size_t at = bytes.find("\"rootfs\"");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 1] = 'R';
  const path file = scratch() / "layout.tar";
  WriteFileAtomically(file, bytes);
  ExpectError(ErrorKind::kCorrupt, "", [&] { Import({.path = file, .tag = {}, .digest = {}}); });
}

}  // namespace
}  // namespace ibuild::layers
