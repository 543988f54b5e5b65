#include "oci/digest.h"

#include <gtest/gtest.h>

#include "support/byte_stream.h"
#include "tests/expect_error.h"

namespace ibuild::oci {
namespace {

const std::string kHex = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

TEST(Digest, ParsesAndPrintsAsInverses) {
  const Digest digest = Digest::Parse("sha256:" + kHex);
  EXPECT_EQ(digest.ToString(), "sha256:" + kHex);
  EXPECT_EQ(digest.hex(), kHex);
  EXPECT_EQ(digest.Short(), "44136fa355b3");
  EXPECT_EQ(digest, Digest::OfText("{}"));  // the image-spec's empty descriptor
}

// A digest becomes a path and a URL, so nothing but the grammar may pass (CVE-2024-3727).
TEST(Digest, RefusesEverythingElse) {
  const std::string tail = kHex.substr(1);
  for (const std::string& text :
       {std::string(), std::string("sha256:"), kHex, "sha256:" + tail, "sha256:" + kHex + "0",
        "sha256:A" + tail, "SHA256:" + kHex, "sha512:" + kHex + kHex, "sha256:g" + tail,
        "sha256:../../../../etc/passwd" + kHex.substr(29), "sha256:" + kHex.substr(2) + "/x",
        " sha256:" + kHex, "sha256:" + kHex + "\n", "sha256:" + kHex.substr(1) + std::string(1, 0),
        std::string("sha256:%2e%2e%2f") + kHex.substr(9)}) {
    EXPECT_EQ(Digest::TryParse(text), std::nullopt) << text;
    ExpectError(ErrorKind::kInvalidInput, "is not a digest", [&] { Digest::Parse(text); });
  }
}

TEST(Digester, HashesAndCounts) {
  Digester digester;
  digester.Update(AsBytes("{"));
  digester.Update(AsBytes("}"));
  EXPECT_EQ(digester.size(), 2u);
  EXPECT_EQ(digester.Finish().hex(), kHex);
}

}  // namespace
}  // namespace ibuild::oci
