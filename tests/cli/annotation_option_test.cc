#include "cli/building/annotation_option.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild::cli {
namespace {

using layers::Annotation;
using layers::AnnotationPlace;
using Annotations = std::vector<Annotation>;

TEST(ParseAnnotation, IsOfTheManifestUnlessAPlaceIsNamed) {
  EXPECT_EQ(ParseAnnotation("org.x=http://a:80/?b=c"),
            (Annotations{{AnnotationPlace::kManifest, {}, "org.x", "http://a:80/?b=c"}}));
  EXPECT_EQ(ParseAnnotation("index:a="), (Annotations{{AnnotationPlace::kIndex, {}, "a", ""}}));
}

TEST(ParseAnnotation, MayHaveSeveralPlacesAndPlatforms) {
  const auto arm = oci::Platform::Parse("linux/arm64");
  EXPECT_EQ(ParseAnnotation("manifest[linux/arm64/v8],manifest-descriptor,index-descriptor:a=b"),
            (Annotations{{AnnotationPlace::kManifest, arm, "a", "b"},
                         {AnnotationPlace::kManifestDescriptor, {}, "a", "b"},
                         {AnnotationPlace::kIndexDescriptor, {}, "a", "b"}}));
  EXPECT_EQ(ParseAnnotation("index[linux/amd64]:a=b"),
            (Annotations{{AnnotationPlace::kIndex, {}, "a", "b"}}));
}

TEST(ParseAnnotation, RefusesWhatIsNone) {
  ExpectError(ErrorKind::kUsage, "not KEY=VALUE", [] { ParseAnnotation("x"); });
  ExpectError(ErrorKind::kUsage, "not KEY=VALUE", [] { ParseAnnotation("=x"); });
  ExpectError(ErrorKind::kUsage, "not KEY=VALUE", [] { ParseAnnotation("index:=x"); });
  ExpectError(ErrorKind::kUsage, "bracket", [] { ParseAnnotation("manifest[linux/amd64:a=b"); });
  EXPECT_EQ(CatchError([] { ParseAnnotation("manifst:a=b"); })->hint(), "did you mean `manifest`?");
  EXPECT_TRUE(CatchError([] { ParseAnnotation("manifest[a/b/c/d/e]:a=b"); }));
}

TEST(ParseAnnotationField, ReadsEveryPlace) {
  const auto read = [](const char* key) {
    return ParseAnnotationField({.key = key, .value = "v", .has_value = true});
  };
  const auto arm = oci::Platform::Parse("linux/arm64");
  EXPECT_EQ(read("annotation.a.b"), (Annotation{AnnotationPlace::kManifest, {}, "a.b", "v"}));
  EXPECT_EQ(read("annotation[linux/arm64].a"),
            (Annotation{AnnotationPlace::kManifest, arm, "a", "v"}));
  EXPECT_EQ(read("annotation-manifest[linux/arm64].a"),
            (Annotation{AnnotationPlace::kManifest, arm, "a", "v"}));
  EXPECT_EQ(read("annotation-index-descriptor.a"),
            (Annotation{AnnotationPlace::kIndexDescriptor, {}, "a", "v"}));
  EXPECT_EQ(read("annotations.a"), std::nullopt);
  EXPECT_EQ(read("annotation"), std::nullopt);
  EXPECT_EQ(read("dest"), std::nullopt);
  ExpectError(ErrorKind::kUsage, "no key", [&] { read("annotation."); });
  ExpectError(ErrorKind::kUsage, "no place", [&] { read("annotation-idx.a"); });
}

}  // namespace
}  // namespace ibuild::cli
