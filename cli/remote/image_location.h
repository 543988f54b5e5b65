// Where an image is, as `copy` and its kin are told it:
//
//   NAME, docker://NAME              a registry
//   store:NAME                       this machine's store (also docker-daemon:,
//   containers-storage:) oci:DIR[:TAG|@DIGEST]            an OCI image layout in a directory (also
//   ocidir://, oci-layout://) oci-archive:FILE[:TAG]           the same in a tar
//   docker-archive:FILE[:NAME]       what `docker save` writes
//   dir:DIR                          skopeo's plain files: manifest.json, version, and blobs by
//   digest
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "oci/reference.h"

namespace ibuild::cli {

enum class PlaceKind { kRegistry, kStore, kOciLayout, kOciArchive, kDockerArchive, kDirectory };

struct ImageLocation {
  PlaceKind kind = PlaceKind::kRegistry;
  std::filesystem::path path = {};  // of files
  // Registry and store: the name. Files: what is said of the image in them ("1.0", a name, a
  // digest); may be empty.
  std::string image = {};

  // Without a prefix: a name, in a registry. Throws kUsage for a prefix that there is not.
  static ImageLocation Parse(std::string_view text);
  // With a prefix, or nothing: skopeo takes no bare names.
  static ImageLocation ParsePrefixed(std::string_view text);

  oci::Reference Name() const;  // of registries; throws kInvalidInput
  std::string ToString() const;
};

}  // namespace ibuild::cli
