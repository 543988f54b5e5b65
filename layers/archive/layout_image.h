// One image of an OCI image layout, as a build names it: oci-layout://PATH[:TAG|@DIGEST].
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "layers/store/store.h"
#include "support/report.h"

namespace ibuild::layers {

struct LayoutImage {
  std::filesystem::path path;  // a directory or a tar
  std::optional<std::string> tag;
  std::optional<oci::Digest> digest;
};

// The entry of index.json that is meant: with neither tag nor digest the only one, or the one
// tagged `latest`. Throws kNotFound, which says what tags there are.
oci::Descriptor ChooseLayoutImage(const LayoutImage& image, std::vector<oci::Descriptor> entries);

// Brings the image into the store, under no name: with neither tag nor digest the one tagged
// `latest`, or the only one. Throws kNotFound, which says what tags there are, kInvalidInput when
// it is no layout, kCorrupt when something in it is not what it says.
oci::Descriptor ImportLayoutImage(Store& store, const LayoutImage& image, Reporter& reporter);

}  // namespace ibuild::layers
