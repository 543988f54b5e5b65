// Whose decision it was that a layer is plain.
//
// A plain layer that came from elsewhere, named so by somebody's manifest, stays as it is: its
// bytes are part of that image's digest. A layer of our own making is plain because nothing
// compresses it before it travels; so is one of a Docker archive, which has no manifest that could
// say anything.
#pragma once

#include "layers/store/store.h"
#include "oci/digest.h"

namespace ibuild::layers {

// To be compressed on its way out.
bool IsOursToCompress(Store& store, const oci::Digest& plain_layer);
// From now on, it is.
void NoteOursToCompress(Store& store, const oci::Digest& plain_layer);

}  // namespace ibuild::layers
