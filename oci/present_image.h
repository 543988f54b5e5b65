// Which part of an image is meant when only some of it is here: the one owner of that rule, for
// pushing, saving and exporting.
#pragma once

#include <optional>

#include "oci/blob_store.h"
#include "oci/platform.h"

namespace ibuild::oci {

// Whether an index's entry is an image that a machine runs, not an attestation or artifact.
bool IsImageEntry(const Descriptor& entry);

struct ImagePart {
  std::optional<Platform> platform = {};  // of an index: this image
  bool all = false;                       // the whole index, or an error
};

// The root itself when it is a manifest, or an index all of whose manifests are here (their layers
// may be at the other end); else the only image of the index that is here, which is what pulling
// one platform leaves; attestations do not count. kNotFound when none is here, or several and
// `part` does not say which.
Descriptor ChoosePresent(BlobSource& source, const Descriptor& root, const ImagePart& part = {});

}  // namespace ibuild::oci
