// Turns what a step left in an overlayfs upper directory into a layer directory, in place.
//
// Afterwards the directory says exactly what changed and its meaning no longer depends on what lay
// under it: files that were copied up but are the same as below are gone, directories in which
// things only came and went are gone, an opaque directory has become explicit whiteouts of the
// names below it that are gone, whiteouts of names that never existed are gone, and the attributes
// that overlayfs left (origin, impure, uuid) are removed. Parents of changes stay, with their
// metadata. So do a directory whose time a program set, and every name of a file that has several
// in the upper directory, unchanged or not: they are one file, which only the layer that made them
// so says.
//
// Files are the same when type, mode, owner, device, size, link target, the layer's xattrs and
// mtime agree; when both times have no nanoseconds (they came from a tar) the contents are
// compared too.
#pragma once

#include <filesystem>

#include "layers/tree/layered_tree.h"

namespace ibuild::layers {

void NormalizeUpper(const std::filesystem::path& upper, const LayeredTree& lower);

}  // namespace ibuild::layers
