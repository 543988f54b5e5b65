#include "builder/plan/remote_source.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

TEST(RemoteSource, NamesOfDownloadedFiles) {
  EXPECT_EQ(FileNameOfUrl("http://h/f?x=1"), "f");
  EXPECT_EQ(FileNameOfUrl("http://h/a/b.tar.gz#frag"), "b.tar.gz");
  EXPECT_EQ(FileNameOfUrl("http://h/a/b/"), "b");
  EXPECT_EQ(FileNameOfUrl("http://h/a%20b"), "a b");
  EXPECT_EQ(FileNameOfUrl("http://h/100%"), "100%");
}

// A name must never lead out of the destination.
TEST(RemoteSource, UrlsWithoutAUsableName) {
  for (const char* url : {"http://h", "http://h/", "http://h/..", "http://h/%2e%2e", "http://h/.",
                          "http://h/?q=/x", "http://h/a%2F..", "http://h/a%00b"}) {
    EXPECT_EQ(FileNameOfUrl(url), "__unnamed__") << url;
  }
  EXPECT_EQ(FileNameOfUrl("http://h/..%2Fpasswd"), "passwd");
}

TEST(RemoteSource, WhatIsARepository) {
  EXPECT_TRUE(ReadGitSource("https://h/r.git", {}, {}));
  EXPECT_TRUE(ReadGitSource("git@h:user/r", {}, {}));
  EXPECT_FALSE(ReadGitSource("https://h/r.tar", {}, {}));
  EXPECT_FALSE(ReadGitSource("github.com/a/b", {}, {}));
  EXPECT_FALSE(ReadGitSource("dir/file", {}, {}));
}

TEST(RemoteSource, ChecksumsOfRepositories) {
  EXPECT_EQ(ReadGitSource("https://h/r.git", "ABCDEF1", {})->checksum, "abcdef1");
  ExpectError(ErrorKind::kInvalidInput, "invalid checksum \"xyz\"",
              [] { ReadGitSource("https://h/r.git", "xyz", {}); });
  ExpectError(ErrorKind::kInvalidInput, "checksum mismatch", [] {
    ReadGitSource("https://h/r.git?checksum=" + std::string(40, 'a'), std::string(40, 'b'), {});
  });
}

TEST(RemoteSource, KeepGitDirMustAgree) {
  EXPECT_TRUE(ReadGitSource("https://h/r.git?keep-git-dir=true", {}, {})->keep_git_dir);
  ExpectError(ErrorKind::kInvalidInput, "inconsistent keep-git-dir configuration",
              [] { ReadGitSource("https://h/r.git?keep-git-dir=true", {}, false); });
}

}  // namespace
}  // namespace ibuild::builder
