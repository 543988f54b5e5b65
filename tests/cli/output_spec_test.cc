#include "cli/building/output_spec.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild::cli {
namespace {

TEST(ParseOutput, ReadsTypesAndDestinations) {
  EXPECT_EQ(ParseOutput("type=oci,dest=a.tar").type, OutputType::kOci);
  EXPECT_EQ(ParseOutput("type=oci,dest=a.tar").destination, "a.tar");
  EXPECT_EQ(ParseOutput("type=oci").destination, "-");
  EXPECT_EQ(ParseOutput("type=tar,dest=-").type, OutputType::kTar);
  EXPECT_EQ(ParseOutput("-").type, OutputType::kTar);
  EXPECT_EQ(ParseOutput("out/dir").type, OutputType::kLocal);
  EXPECT_EQ(ParseOutput("out/dir").destination, "out/dir");
  EXPECT_EQ(ParseOutput("type=cacheonly").type, OutputType::kCacheOnly);
  EXPECT_EQ(ParseOutput("type=registry").type, OutputType::kRegistry);
  EXPECT_TRUE(ParseOutput("type=registry").push);
  EXPECT_EQ(ParseOutput("type=image,push=true").type, OutputType::kStore);
  EXPECT_TRUE(ParseOutput("type=image,push=true").push);
  EXPECT_EQ(ParseOutput("type=docker").type, OutputType::kStore);
  EXPECT_EQ(ParseOutput("type=docker,dest=x").options.types, oci::TypeFamily::kDocker);
  EXPECT_FALSE(ParseOutput("type=oci,tar=false,dest=d").archive);
}

TEST(ParseOutput, ReadsTheFormOfLayers) {
  const OutputSpec output = ParseOutput(
      "type=oci,dest=x,compression=zstd,compression-level=9,force-compression=true,annotation.a=b");
  EXPECT_EQ(output.options.compression.compression, oci::Compression::kZstd);
  EXPECT_EQ(output.options.compression.level, 9);
  EXPECT_TRUE(output.options.force_compression);
  ASSERT_EQ(output.options.annotations.size(), 1u);
  EXPECT_EQ(output.options.annotations[0].key, "a");
  EXPECT_EQ(output.options.annotations[0].value, "b");
}

TEST(ParseOutput, TheStoreKeepsLayersPlainUnlessCompressionIsNamed) {
  EXPECT_TRUE(ParseOutput("type=image,compression=zstd").compresses);
  EXPECT_FALSE(ParseOutput("type=image,oci-mediatypes=false,annotation.a=b").compresses);
}

TEST(ParseOutput, ReadsWhereToPush) {
  const OutputSpec output = ParseOutput(
      "type=registry,\"name=host:5000/a:1,host:5000/b\",push-by-digest=true,"
      "registry.insecure=true");
  EXPECT_EQ(output.names, (std::vector<std::string>{"host:5000/a:1", "host:5000/b"}));
  EXPECT_TRUE(output.push_by_digest);
  EXPECT_TRUE(output.insecure);
  ExpectError(ErrorKind::kUsage, "push=true", [] { ParseOutput("type=image,push-by-digest=1"); });
  ExpectError(ErrorKind::kUsage, "pushed", [] { ParseOutput("type=oci,dest=x,push=true"); });
}

TEST(ParseOutput, SplitsPlatformsAsAsked) {
  EXPECT_EQ(ParseOutput("type=local,dest=d").platform_split, std::nullopt);
  EXPECT_EQ(ParseOutput("type=local,dest=d,platform-split=true").platform_split, true);
  EXPECT_EQ(ParseOutput("type=local,dest=d,platform-split=false").platform_split, false);
}

TEST(ParseOutput, RefusesWhatItDoesNotKnow) {
  ExpectError(ErrorKind::kUsage, "no output type \"nonsense\"",
              [] { ParseOutput("type=nonsense"); });
  EXPECT_EQ(CatchError([] { ParseOutput("type=loca,dest=x"); })->hint(), "did you mean `local`?");
  EXPECT_EQ(CatchError([] { ParseOutput("type=oci,dset=x"); })->hint(), "did you mean `dest`?");
  ExpectError(ErrorKind::kUsage, "has no type", [] { ParseOutput("dest=x,tar=true"); });
  ExpectError(ErrorKind::kUsage, "needs a directory", [] { ParseOutput("type=local"); });
  ExpectError(ErrorKind::kUsage, "standard output", [] { ParseOutput("type=local,dest=-"); });
  ExpectError(ErrorKind::kUsage, "needs a directory", [] { ParseOutput("type=oci,tar=false"); });
  EXPECT_EQ(CatchError([] { ParseOutput("type=oci,compresion=zstd"); })->hint(),
            "did you mean `compression`?");
  ExpectError(ErrorKind::kUnsupported, "estargz",
              [] { ParseOutput("type=oci,dest=x,compression=estargz"); });
}

}  // namespace
}  // namespace ibuild::cli
