#include "builder/git/git_url.h"

#include <gtest/gtest.h>

#include "support/error.h"

namespace ibuild::builder {
namespace {

GitUrl Context(std::string_view text) {
  const auto url = ParseGitUrl(text, GitUrlUse::kContext);
  EXPECT_TRUE(url.has_value()) << text;
  return url.value_or(GitUrl{});
}

TEST(GitUrl, KnowsTheFormsOfARemote) {
  for (const char* text : {"https://host/x.git", "http://host/x.git#main", "git://host/x",
                           "ssh://git@host/x", "git@host:group/x"}) {
    EXPECT_TRUE(ParseGitUrl(text, GitUrlUse::kAdd)) << text;
    EXPECT_TRUE(ParseGitUrl(text, GitUrlUse::kContext)) << text;
  }
  for (const char* text : {"https://host/x.tar.gz", "./dir", "a/b@c:d", "file", "host:path"}) {
    EXPECT_FALSE(ParseGitUrl(text, GitUrlUse::kAdd)) << text;
    EXPECT_FALSE(ParseGitUrl(text, GitUrlUse::kContext)) << text;
  }
}

TEST(GitUrl, TakesGithubWithoutSchemeForContextsOnly) {
  EXPECT_EQ(Context("github.com/a/b#v1").remote, "https://github.com/a/b");
  EXPECT_FALSE(ParseGitUrl("github.com/a/b", GitUrlUse::kAdd));
}

TEST(GitUrl, ReadsRefAndFolderFromTheFragment) {
  const GitUrl url = Context("https://host/x.git#v1.2:sub/./dir");
  EXPECT_EQ(url.ref, "v1.2");
  EXPECT_EQ(url.subdirectory, "sub/dir");
  EXPECT_EQ(Context("https://host/x.git#:dir").ref, "");
  EXPECT_EQ(Context("https://host/x.git#main:../../etc").subdirectory, "etc");
}

TEST(GitUrl, ReadsTheQuery) {
  const GitUrl url = Context(
      "https://host/x.git?tag=v1&subdir=a&keep-git-dir=1&submodules=false&checksum=0123ABC");
  EXPECT_EQ(url.remote, "https://host/x.git");
  EXPECT_EQ(url.ref, "refs/tags/v1");
  EXPECT_EQ(url.subdirectory, "a");
  EXPECT_EQ(url.checksum, "0123abc");
  EXPECT_TRUE(url.keep_git_dir);
  EXPECT_FALSE(url.submodules);
}

TEST(GitUrl, QueryAndFragmentMaySayTheSame) {
  EXPECT_EQ(Context("https://host/x.git?ref=main#main").ref, "main");
  EXPECT_EQ(Context("https://host/x.git?branch=main#main").ref, "refs/heads/main");
  EXPECT_EQ(Context("https://host/x.git?tag=refs/tags/v1#v1").ref, "refs/tags/v1");
  const GitUrl url = Context("https://host/x.git?submodules=f&subdir=a/b#v1:a/b");
  EXPECT_EQ(url.ref, "v1");
  EXPECT_EQ(url.subdirectory, "a/b");
  EXPECT_FALSE(url.submodules);
}

TEST(GitUrl, SaysWhichTimeFilesGetAndWhetherTheRefIsAsked) {
  EXPECT_TRUE(Context("https://host/x.git?mtime=commit").commit_times);
  EXPECT_FALSE(Context("https://host/x.git?mtime=checkout").commit_times);
  const std::string id(40, 'a');
  EXPECT_TRUE(Context("https://host/x.git?fetch-by-commit&commit=" + id).fetch_by_commit);
}

TEST(GitUrl, RefusesWhatIsMalformed) {
  for (const char* text :
       {"https://host/x.git?foo=1", "https://host/x.git?branch=a&tag=b", "https://h/x.git?ref=a#b",
        "https://host/x.git?checksum=xyz", "https://host/x.git?submodules=maybe",
        "https://host/x.git?ref=", "https://host/x.git?ref=a&ref=a", "https://h/x.git?subdir=a#b:c",
        "https://host/x.git?mtime=now", "https://host/x.git?fetch-by-commit&commit=abcdef0"}) {
    EXPECT_THROW(ParseGitUrl(text, GitUrlUse::kAdd), Error) << text;
  }
}

TEST(GitUrl, CredentialsOfAnAddressAreKeptApart) {
  EXPECT_EQ(WithoutCredentials("https://u:p%40w@h:8/a@b.git"), "https://h:8/a@b.git");
  EXPECT_EQ(CredentialsIn("https://u:p%40w@h:8/a@b.git").Reveal(), "u:p@w");
  EXPECT_EQ(CredentialsIn("https://token@h/r.git").Reveal(), "token:");
  for (const char* plain : {"https://h/a@b.git", "git@h:r", "ssh://git@h/r", "git://h/r"}) {
    EXPECT_EQ(WithoutCredentials(plain), plain);
    EXPECT_TRUE(CredentialsIn(plain).empty()) << plain;
  }
}

TEST(GitUrl, RefusesWhatGitWouldTakeForAnOption) {
  for (const char* text : {"https://host/x.git#--upload-pack=touch /tmp/x",
                           "ssh://-oProxyCommand=x/y", "ssh://git@-oProxyCommand=x/y",
                           "-oProxyCommand=x@host:y", "git@-host:x", "https://host/x.git?ref=-x"}) {
    EXPECT_THROW(ParseGitUrl(text, GitUrlUse::kAdd), Error) << text;
  }
}

}  // namespace
}  // namespace ibuild::builder
