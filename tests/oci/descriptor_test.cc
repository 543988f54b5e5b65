#include "oci/descriptor.h"

#include <gtest/gtest.h>

#include "support/json.h"
#include "tests/expect_error.h"

namespace ibuild::oci {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

Descriptor Read(const std::string& text) {
  const Json json = ParseJson(text, "descriptor");
  return ReadDescriptor(JsonReader(json, "descriptor"));
}

TEST(Descriptor, ReadsAndWritesEveryMember) {
  const std::string text = R"({"mediaType":"t","digest":")" + kDigest +
                           R"(","size":5,"urls":["https://x.example/l"],"annotations":{"k":"v"},)"
                           R"("platform":{"architecture":"arm","os":"linux","os.version":"1",)"
                           R"("os.features":["f"],"variant":"v6"},"artifactType":"a/b"})";
  EXPECT_EQ(DumpJson(WriteDescriptor(Read(text))), text);
}

TEST(Descriptor, LeavesOutWhatIsEmpty) {
  const std::string text = R"({"mediaType":"t","digest":")" + kDigest + R"(","size":0})";
  EXPECT_EQ(DumpJson(WriteDescriptor(Read(text))), text);
}

TEST(Descriptor, RefusesBadMembersByPath) {
  const auto refuse = [](const std::string& text, const std::string& words) {
    ExpectError(ErrorKind::kInvalidInput, words, [&] { Read(text); });
  };
  refuse(R"({"mediaType":"t","digest":"sha256:../../x","size":1})", "digest: expected a digest");
  refuse(R"({"mediaType":"t","digest":")" + kDigest + R"(","size":-1})", "size: expected a size");
  refuse(R"({"mediaType":"t","digest":")" + kDigest + R"(","size":1.5})", "expected an integer");
  refuse(R"({"mediaType":"t","digest":")" + kDigest + R"(","size":9223372036854775808})",
         "too large");
  refuse(R"({"mediaType":"t","digest":")" + kDigest + R"("})", "\"size\" is missing");
  refuse(R"([])", "expected an object");
}

TEST(Descriptor, OfContentHasItsDigestAndSize) {
  const Descriptor descriptor = DescriptorOf("t", "abc");
  EXPECT_EQ(descriptor.size, 3u);
  EXPECT_EQ(descriptor.digest, Digest::OfText("abc"));
}

}  // namespace
}  // namespace ibuild::oci
