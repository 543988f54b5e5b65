#include "builder/secrets/source_credentials.h"

#include <gtest/gtest.h>

#include "tests/builder/files.h"
#include "tests/scratch_dir.h"

namespace ibuild::builder {
namespace {

class SourceCredentialsTest : public testing::Test {
 protected:
  void Have(const std::string& id, const std::string& value) {
    Write(root_.path(), id, value);
    sources_[id].file = root_.path() / id;
  }
  std::string ForUrl(const std::string& url) {
    SecretStore secrets(sources_);
    return UrlAuthorization(url, secrets).Reveal();
  }
  std::string ForGit(const std::string& remote) {
    SecretStore secrets(sources_);
    return GitAuthorization(remote, secrets).Reveal();
  }

  ScratchDir root_;
  std::map<std::string, SecretSource> sources_;
};

TEST_F(SourceCredentialsTest, AUrlTakesTheSecretOfItsHost) {
  Have("HTTP_AUTH_HEADER_a.example", "Digest x\n");
  EXPECT_EQ(ForUrl("https://a.example/f"), "Digest x");
  EXPECT_EQ(ForUrl("https://A.example:8443/f?q#g"), "Digest x");
  EXPECT_EQ(ForUrl("https://b.example/f"), "");
  EXPECT_EQ(ForUrl("https://b.example/?x=https://a.example/"), "");
  Have("HTTP_AUTH_TOKEN_a.example", "t");
  EXPECT_EQ(ForUrl("https://a.example/f"), "Bearer t");
  Have("HTTP_AUTH_TOKEN_::1", "six");
  EXPECT_EQ(ForUrl("http://[::1]:80/f"), "Bearer six");
}

TEST_F(SourceCredentialsTest, AGeneralSecretIsForGitAlone) {
  Have("HTTP_AUTH_TOKEN", "t");
  EXPECT_EQ(ForUrl("https://a.example/f"), "");
  Have("GIT_AUTH_TOKEN", "t");
  EXPECT_EQ(ForGit("https://a.example/r.git"), "Basic eC1hY2Nlc3MtdG9rZW46dA==");
  EXPECT_EQ(ForGit("git://a.example/r.git"), "");
  EXPECT_EQ(ForGit("ssh://git@a.example/r.git"), "");
  EXPECT_EQ(ForGit("git@a.example:r.git"), "");
}

TEST_F(SourceCredentialsTest, ForGitTheHostGoesBeforeAllAndTheHeaderBeforeTheToken) {
  Have("GIT_AUTH_TOKEN", "general");
  Have("GIT_AUTH_TOKEN.a.example:8443", "host");
  EXPECT_EQ(ForGit("https://a.example:8443/r.git"), "Basic eC1hY2Nlc3MtdG9rZW46aG9zdA==");
  Have("GIT_AUTH_HEADER", "general header");
  EXPECT_EQ(ForGit("https://a.example:8443/r.git"), "general header");
  Have("GIT_AUTH_HEADER.a.example:8443", "header of the host");
  EXPECT_EQ(ForGit("https://a.example:8443/r.git"), "header of the host");
  EXPECT_EQ(ForGit("https://a.example/r.git"), "general header");
}

TEST_F(SourceCredentialsTest, AnAddressThatCanBeReadInTwoWaysGetsNothing) {
  Have("HTTP_AUTH_TOKEN_a.example", "t");
  Have("GIT_AUTH_TOKEN", "t");
  for (const char* url :
       {"https://a.example\\@b.example/f.git", "https://a.example@b.example/f.git",
        "https://a.example%2f@b.example/f.git"}) {
    EXPECT_EQ(ForUrl(url), "") << url;
    EXPECT_EQ(ForGit(url), "") << url;
  }
}

}  // namespace
}  // namespace ibuild::builder
