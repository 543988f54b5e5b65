#include "oci/media_type.h"

#include <algorithm>
#include <array>

namespace ibuild::oci {
namespace {

struct LayerKind {
  std::string_view type;
  Compression compression;
  bool foreign;
};

constexpr std::string_view kOciForeign = "application/vnd.oci.image.layer.nondistributable.v1.tar";
constexpr std::string_view kOciForeignGzip =
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
constexpr std::string_view kOciForeignZstd =
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";
constexpr std::string_view kDockerForeign = "application/vnd.docker.image.rootfs.foreign.diff.tar";
constexpr std::string_view kDockerForeignGzip =
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

constexpr std::array kLayerKinds = {
    LayerKind{kOciLayer, Compression::kNone, false},
    LayerKind{kOciLayerGzip, Compression::kGzip, false},
    LayerKind{kOciLayerZstd, Compression::kZstd, false},
    LayerKind{kDockerLayer, Compression::kNone, false},
    LayerKind{kDockerLayerGzip, Compression::kGzip, false},
    LayerKind{kDockerLayerZstd, Compression::kZstd, false},
    LayerKind{kOciForeign, Compression::kNone, true},
    LayerKind{kOciForeignGzip, Compression::kGzip, true},
    LayerKind{kOciForeignZstd, Compression::kZstd, true},
    LayerKind{kDockerForeign, Compression::kNone, true},
    LayerKind{kDockerForeignGzip, Compression::kGzip, true},
};

const LayerKind* FindLayerKind(std::string_view type) {
  const auto found = std::find_if(kLayerKinds.begin(), kLayerKinds.end(),
                                  [type](const LayerKind& kind) { return kind.type == type; });
  return found == kLayerKinds.end() ? nullptr : &*found;
}

}  // namespace

bool IsManifestType(std::string_view type) {
  return type == kOciManifest || type == kDockerManifest;
}
bool IsIndexType(std::string_view type) { return type == kOciIndex || type == kDockerIndex; }
bool IsConfigType(std::string_view type) { return type == kOciConfig || type == kDockerConfig; }
bool IsLayerType(std::string_view type) { return FindLayerKind(type) != nullptr; }

bool IsForeignLayerType(std::string_view type) {
  const LayerKind* const kind = FindLayerKind(type);
  return kind != nullptr && kind->foreign;
}

bool IsSchema1Type(std::string_view type) {
  return type == "application/vnd.docker.distribution.manifest.v1+json" ||
         type == "application/vnd.docker.distribution.manifest.v1+prettyjws";
}

std::optional<Compression> CompressionOfLayerType(std::string_view type) {
  const LayerKind* const kind = FindLayerKind(type);
  if (kind == nullptr) return std::nullopt;
  return kind->compression;
}

std::string_view LayerType(TypeFamily family, Compression compression) {
  const bool oci = family == TypeFamily::kOci;
  switch (compression) {
    case Compression::kGzip:
      return oci ? kOciLayerGzip : kDockerLayerGzip;
    case Compression::kZstd:
      return oci ? kOciLayerZstd : kDockerLayerZstd;
    case Compression::kNone:
      break;
  }
  return oci ? kOciLayer : kDockerLayer;
}

}  // namespace ibuild::oci
