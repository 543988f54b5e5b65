// Signing and verifying; files that are no keys.
#include "support/ed25519.h"

#include <gtest/gtest.h>

#include "support/files.h"
#include "tests/expect_error.h"
#include "tests/scratch_dir.h"

namespace ibuild {
namespace {

constexpr const char* kPrivate =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIBEY163kzFwcPUuxwfACbDumSG0MeDSyPsXpeBYlBvTk\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* kPublic =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAObfF69TpzZjYT3R/OCshQzi+1b4y/RtBx2uIG1T1Iq4=\n"
    "-----END PUBLIC KEY-----\n";

class Ed25519Test : public testing::Test {
 protected:
  std::filesystem::path File(const std::string& text) {
    const auto path = directory_.path() / "key.pem";
    WriteFileAtomically(path, text);
    return path;
  }

  ScratchDir directory_;
};

TEST_F(Ed25519Test, WhatWasSignedIsVerifiedByThePublicHalf) {
  const std::string signature = SigningKey::Read(File(kPrivate)).Sign("the claim");
  EXPECT_EQ(signature.size(), 64u);
  const VerifyKey key = VerifyKey::Read(File(kPublic));
  EXPECT_TRUE(key.Verify("the claim", signature));
  EXPECT_FALSE(key.Verify("another claim", signature));
  EXPECT_FALSE(key.Verify("the claim", signature.substr(1)));
  EXPECT_FALSE(key.Verify("the claim", ""));
}

TEST_F(Ed25519Test, OtherFilesAreNoKeys) {
  for (const char* text : {"", "hello", kPublic}) {
    ExpectError(ErrorKind::kInvalidInput, "no private Ed25519 key",
                [&] { SigningKey::Read(File(text)); });
  }
  ExpectError(ErrorKind::kInvalidInput, "no public Ed25519 key",
              [&] { VerifyKey::Read(File(kPrivate)); });
}

}  // namespace
}  // namespace ibuild
