// The rules of RootedDir kept without openat2(2): an element at a time, each opened with
// O_NOFOLLOW, symbolic links expanded here with their targets taken relative to the root.
//
// ".." is undone by remembering the directories passed, never by asking the kernel for a parent,
// so a directory that is moved out of the tree meanwhile does not lead out of it.
#pragma once

#include <sys/types.h>

#include <string>

namespace ibuild::rooted_walk {

// As open(2) with O_CLOEXEC: a descriptor, or -1 with errno (ELOOP after 40 links, as the kernel).
// `path` is relative to `root`.
int Open(int root, const std::string& path, int flags, mode_t mode);

}  // namespace ibuild::rooted_walk
