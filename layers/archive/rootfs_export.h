// The files of an image, flattened: what a container of it would see first, without mounting it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "layers/store/store.h"
#include "layers/tree/layered_tree.h"
#include "oci/layer_id.h"
#include "support/byte_stream.h"
#include "support/clean_path.h"

namespace ibuild::layers {

// Both need the layers as directories (kNotFound otherwise: UnpackImage makes them) and root (of a
// user namespace) to read them all. Hard links stay links, sockets are left out.

struct RootfsPart {
  std::vector<oci::DiffId> layers;
  std::string directory = {};  // of the tar that holds the files; empty: its root
};

// One canonical tar with the images' owners and attributes. Finishing `sink` is the caller's.
void WriteRootfsTar(Store& store, const std::vector<RootfsPart>& parts, ByteSink& sink);

// The same of one tree, whatever it is made of.
void WriteTreeTar(const LayeredTree& tree, ByteSink& sink);

// Into a directory, made when missing; files that are in the way are replaced, directories merge.
// Everything belongs to the caller, hence set-id bits and extended attributes are dropped. Links
// that already are in the directory never lead out of it. A device node that the kernel does not
// let us make is kPermissionDenied.
void WriteRootfsDirectory(Store& store, const std::vector<oci::DiffId>& layers,
                          const std::filesystem::path& directory);

// A path at which both have something that is no directory, so that one would hide the other's.
std::optional<CleanPath> FindCollision(Store& store, const std::vector<oci::DiffId>& first,
                                       const std::vector<oci::DiffId>& second);

}  // namespace ibuild::layers
