// --cache-from and --cache-to as users write them.
#include "cli/building/cache_spec.h"

#include <gmock/gmock.h>

#include "tests/expect_error.h"

namespace ibuild::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(CacheSpec, ABareNameIsARegistrys) {
  const CacheSpec spec = ParseCache("user/app:cache", CacheUse::kRead);
  EXPECT_EQ(spec.type, CacheType::kRegistry);
  EXPECT_EQ(spec.Value("ref"), "user/app:cache");
  EXPECT_EQ(spec.Place(), "type=registry,ref=user/app:cache");
}

TEST(CacheSpec, KeysFollowABareName) {
  const CacheSpec spec = ParseCache("user/app:cache,trust=a.pem,trust=b.pem", CacheUse::kRead);
  EXPECT_THAT(spec.trust, ElementsAre("a.pem", "b.pem"));
}

TEST(CacheSpec, TrustInNobodyIsTheDefault) {
  EXPECT_THAT(ParseCache("user/app:cache,trust=none", CacheUse::kRead).trust, IsEmpty());
}

TEST(CacheSpec, ADirectoryIsReadFromSrcAndWrittenToDest) {
  EXPECT_EQ(ParseCache("type=local,src=dir", CacheUse::kRead).Value("src"), "dir");
  EXPECT_EQ(ParseCache("type=local,dest=dir,mode=max", CacheUse::kWrite).Value("mode"), "max");
  ExpectError(ErrorKind::kUsage,
              "needs src=", [] { ParseCache("type=local,dest=dir", CacheUse::kRead); });
  ExpectError(ErrorKind::kUsage,
              "needs dest=", [] { ParseCache("type=local,src=dir", CacheUse::kWrite); });
}

TEST(CacheSpec, WhatHasNoMeaningHereIsSaid) {
  const CacheSpec spec =
      ParseCache("type=registry,ref=a/b,image-manifest=true,oci-mediatypes=true,ignore-error=true",
                 CacheUse::kWrite);
  EXPECT_EQ(spec.notes.size(), 3u);
  EXPECT_THAT(spec.notes[2], HasSubstr("never fails a build"));
}

TEST(CacheSpec, APlaceIsReadBack) {
  for (const char* text :
       {"user/app:cache", "type=registry,ref=a/b,registry.insecure=true", "type=local,src=plain",
        "type=local,\"src=with,comma\"", "type=local,\"src=a\"\"b\""}) {
    const CacheSpec spec = ParseCache(text, CacheUse::kRead);
    const CacheSpec again = ParseCache(spec.Place(), CacheUse::kRead);
    EXPECT_EQ(again.values, spec.values) << text;
  }
}

TEST(CacheSpec, MountsAreAllThatIsReadAndNoneThatIsWritten) {
  EXPECT_TRUE(ParseCache("a/b", CacheUse::kRead).mounts.all);
  EXPECT_FALSE(ParseCache("a/b", CacheUse::kWrite).mounts.Any());
  EXPECT_FALSE(ParseCache("a/b,mounts=none", CacheUse::kRead).mounts.Any());
  const CacheSpec some = ParseCache("a/b,mounts=go-build,/root/.m2,mode=max", CacheUse::kWrite);
  EXPECT_THAT(some.mounts.ids, ElementsAre("/root/.m2", "go-build"));
  EXPECT_EQ(some.Value("mode"), "max");
  EXPECT_EQ(ParseCache("a/b,mounts=all,mount-limit=2g", CacheUse::kWrite).MountLimit(), 2u << 30);
}

TEST(CacheSpec, AMountThatIsAtHomeTravelsOnlyByName) {
  EXPECT_TRUE(ParseCache("a/b,mounts=all", CacheUse::kWrite).mounts.Has("go-build"));
  EXPECT_FALSE(ParseCache("a/b,mounts=all", CacheUse::kWrite).mounts.Has("home:keys"));
  EXPECT_TRUE(ParseCache("a/b,mounts=home:keys", CacheUse::kWrite).mounts.Has("home:keys"));
}

TEST(CacheSpec, MistakesAreNamed) {
  const auto refused = [](const char* text, const char* why) {
    ExpectError(ErrorKind::kUsage, why, [&] { ParseCache(text, CacheUse::kWrite); });
  };
  refused("type=inline,mounts=all", "carries no cache mounts");
  refused("a/b,mount-limit=much", "no size");
  refused("type=floppy", "no cache of type");
  refused("type=registry", "needs ref=");
  refused("type=registry,ref=a/b,mode=all", "neither min nor max");
  refused("type=registry,ref=a/b,moed=max", "moed");
  ExpectError(ErrorKind::kUsage, "inline cache is read by the name of its image",
              [] { ParseCache("type=inline", CacheUse::kRead); });
}

TEST(CacheSpec, TheEnvironmentHoldsOneALine) {
  const auto specs = ParseCacheLines("user/app:main\n\n user/app:other \n", CacheUse::kRead);
  ASSERT_EQ(specs.size(), 2u);
  EXPECT_EQ(specs[1].Value("ref"), "user/app:other");
}

}  // namespace
}  // namespace ibuild::cli
