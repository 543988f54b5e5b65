// Telling a damaged archive from a file that is none. libarchive gives nothing of a compressed
// block that is cut short; these decoders give what came before the damage, and of a small archive
// there is no more to see.
#pragma once

#include "support/fd.h"

namespace ibuild::layers {

// Whether `file`, gzip or xz, starts with the header of a tar, whatever comes after it.
bool StartsAsCompressedTar(const UniqueFd& file);

}  // namespace ibuild::layers
