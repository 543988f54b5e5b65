// Extended attributes as layers carry them.
//
// A layer carries security.capability (in its revision 2 form: the kernel keeps revision 3, with
// the host's id of the namespace's root, for files made in a user namespace) and user.*, apart from
// what belongs to overlayfs and to tools that emulate ownership. Everything else describes the
// machine, not the image: labels, ACLs with the host's ids, trusted.*.
#pragma once

#include <string_view>

#include "layers/tree/file_meta.h"

namespace ibuild::layers {

// Whether a layer carries an attribute of this name. Applies in both directions: a tar must not be
// able to set what overlayfs or this program would act on.
bool IsLayerXattr(std::string_view name);

// Those of an open file or directory (not O_PATH); empty where the file system has none. Only
// regular files and directories can have any that a layer carries.
Xattrs ReadLayerXattrs(int fd);

// Sets those that a layer carries, ignores the rest. Throws ErrnoError; kUnsupported where the file
// system has no such attributes.
void WriteLayerXattrs(int fd, const Xattrs& xattrs);

}  // namespace ibuild::layers
