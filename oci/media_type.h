// Media types of the OCI image-spec (media-types.md) and their Docker counterparts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ibuild::oci {

inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kOciEmpty = "application/vnd.oci.empty.v1+json";
inline constexpr std::string_view kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view kOciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view kOciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerIndex =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kDockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
inline constexpr std::string_view kDockerLayerGzip =
    "application/vnd.docker.image.rootfs.diff.tar.gzip";
inline constexpr std::string_view kDockerLayerZstd =
    "application/vnd.docker.image.rootfs.diff.tar.zstd";

enum class Compression { kNone, kGzip, kZstd };

bool IsManifestType(std::string_view type);  // an image manifest, OCI or Docker
bool IsIndexType(std::string_view type);     // an index or manifest list
bool IsConfigType(std::string_view type);
bool IsLayerType(std::string_view type);         // foreign ones included
bool IsForeignLayerType(std::string_view type);  // nondistributable, foreign
bool IsSchema1Type(std::string_view type);

// What a layer's type says about its compression; nothing when it is not a layer type.
std::optional<Compression> CompressionOfLayerType(std::string_view type);

enum class TypeFamily { kOci, kDocker };
std::string_view LayerType(TypeFamily family, Compression compression);

}  // namespace ibuild::oci
