#include "oci/blob_store.h"

#include <gtest/gtest.h>

#include "oci/media_type.h"
#include "tests/expect_error.h"

namespace ibuild::oci {
namespace {

const std::string kContent = "the content of a blob";

std::string ReadThrough(const std::string& content, const Descriptor& descriptor) {
  VerifyingSource source(std::make_unique<StringSource>(content), descriptor);
  return ReadToString(source, 1000);
}

Descriptor Described() { return DescriptorOf(std::string(kOciLayer), kContent); }

TEST(VerifyingSource, PassesWhatIsRight) {
  EXPECT_EQ(ReadThrough(kContent, Described()), kContent);
  EXPECT_EQ(ReadThrough("", DescriptorOf("x", "")), "");
}

TEST(VerifyingSource, RefusesWhatIsShortLongOrOther) {
  ExpectError(ErrorKind::kCorrupt, "ends after 20 of 21 bytes",
              [] { ReadThrough(kContent.substr(1), Described()); });
  ExpectError(ErrorKind::kCorrupt, "longer than its 21 bytes",
              [] { ReadThrough(kContent + "!", Described()); });
  ExpectError(ErrorKind::kCorrupt,
              "the digest sha256:", [] { ReadThrough("The content of a blob", Described()); });
  ExpectError(ErrorKind::kCorrupt, "longer than its 0 bytes",
              [] { ReadThrough("x", DescriptorOf("x", "")); });
}

TEST(VerifyingSource, AReaderThatStopsAtTheSizeHasSeenNoUnprovenEnd) {
  std::string other = kContent;
  other.back() = '!';
  VerifyingSource source(std::make_unique<StringSource>(other), Described());
  std::vector<std::byte> buffer(kContent.size() - 1);
  EXPECT_EQ(source.Read(buffer), buffer.size());
  ExpectError(ErrorKind::kCorrupt, "the digest", [&] { source.Read(buffer); });
}

class OneBlob final : public BlobSource {
 public:
  bool Has(const Digest& digest) override { return digest == Described().digest; }
  std::unique_ptr<ByteSource> Open(const Descriptor& descriptor) override {
    return std::make_unique<VerifyingSource>(std::make_unique<StringSource>(kContent), descriptor);
  }
};

TEST(ReadBlob, ReadsWithinTheLimit) {
  OneBlob blobs;
  EXPECT_EQ(ReadBlob(blobs, Described()), kContent);
  ExpectError(ErrorKind::kResourceExhausted, "more than the limit of 5",
              [&] { ReadBlob(blobs, Described(), 5); });
}

}  // namespace
}  // namespace ibuild::oci
