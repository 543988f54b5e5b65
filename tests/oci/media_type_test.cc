#include "oci/media_type.h"

#include <gtest/gtest.h>

namespace ibuild::oci {
namespace {

TEST(MediaType, LayerTypesAndTheirCompressionAreInverses) {
  for (const TypeFamily family : {TypeFamily::kOci, TypeFamily::kDocker}) {
    for (const Compression compression :
         {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
      const std::string_view type = LayerType(family, compression);
      EXPECT_EQ(CompressionOfLayerType(type), compression) << type;
      EXPECT_TRUE(IsLayerType(type));
      EXPECT_FALSE(IsForeignLayerType(type));
    }
  }
}

TEST(MediaType, ForeignLayersAreLayers) {
  for (const char* type : {"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                           "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}) {
    EXPECT_TRUE(IsLayerType(type));
    EXPECT_TRUE(IsForeignLayerType(type));
    EXPECT_EQ(CompressionOfLayerType(type), Compression::kGzip);
  }
}

TEST(MediaType, KindsDoNotOverlap) {
  for (const std::string_view type : {kOciManifest, kDockerManifest}) {
    EXPECT_TRUE(IsManifestType(type));
    EXPECT_FALSE(IsIndexType(type));
    EXPECT_FALSE(IsLayerType(type));
  }
  EXPECT_TRUE(IsIndexType(kDockerIndex));
  EXPECT_TRUE(IsConfigType(kDockerConfig));
  EXPECT_FALSE(IsConfigType(kOciEmpty));
  EXPECT_TRUE(IsSchema1Type("application/vnd.docker.distribution.manifest.v1+prettyjws"));
  EXPECT_EQ(CompressionOfLayerType("application/json"), std::nullopt);
}

}  // namespace
}  // namespace ibuild::oci
