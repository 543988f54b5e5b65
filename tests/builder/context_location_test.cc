#include "builder/location/context_location.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

template <typename Kind>
Kind Named(const std::string& text) {
  return std::get<Kind>(ParseNamedContext(text));
}

TEST(ContextLocation, TheMainContext) {
  EXPECT_TRUE(std::holds_alternative<StandardInputLocation>(ParseMainContext("-")));
  EXPECT_TRUE(std::holds_alternative<UrlLocation>(ParseMainContext("https://h/c.tar.gz")));
  EXPECT_TRUE(std::holds_alternative<GitUrl>(ParseMainContext("github.com/a/b#main:sub")));
  EXPECT_TRUE(std::holds_alternative<GitUrl>(ParseMainContext("git@h:a/b")));
  EXPECT_EQ(std::get<DirectoryLocation>(ParseMainContext("./a@b:c")).path, "./a@b:c");
}

TEST(ContextLocation, NamedImages) {
  EXPECT_EQ(Named<ImageLocation>("docker-image://alpine:3").reference->ToString(),
            "docker.io/library/alpine:3");
  EXPECT_FALSE(Named<ImageLocation>("docker-image://scratch").reference);
  EXPECT_EQ(Named<DirectoryLocation>("-").path, "-");
}

TEST(ContextLocation, LayoutsWithTagOrDigest) {
  EXPECT_EQ(Named<LayoutLocation>("oci-layout:///a/b").path, "/a/b");
  EXPECT_EQ(Named<LayoutLocation>("oci-layout://rel").path, "rel");
  EXPECT_EQ(Named<LayoutLocation>("oci-layout://rel:v1").tag, "v1");
  EXPECT_EQ(Named<LayoutLocation>("oci-layout://C:/dir").path, "C:/dir");
  const auto pinned = Named<LayoutLocation>("oci-layout://a/b@" + kDigest);
  EXPECT_EQ(pinned.path, "a/b");
  EXPECT_EQ(pinned.digest->ToString(), kDigest);
  ExpectError(ErrorKind::kInvalidInput, "needs a path", [] { ParseNamedContext("oci-layout://"); });
  ExpectError(ErrorKind::kInvalidInput, "", [] { ParseNamedContext("oci-layout://a@sha256:12"); });
}

TEST(ContextLocation, TargetsOfABakeFileAreNotHere) {
  ExpectError(ErrorKind::kUnsupported, "target", [] { ParseNamedContext("target:base"); });
}

}  // namespace
}  // namespace ibuild::builder
