// Device nodes where mknod(2) is refused.
//
// In a user namespace no device can be made, yet an image may contain some, and its layers must
// come out the same for root and for everyone else. There a device is kept as a record: an empty
// regular file of mode 01000 with the attribute user.ibuild.device = "c 1 3 666" (kind, major,
// minor, octal mode). Inside a container it is an ordinary empty file; /dev is mounted there
// anyway.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "layers/tree/file_meta.h"

namespace ibuild::layers {

// Cheap look at what stat(2) says: only then is the attribute worth a system call.
bool MayBeDeviceRecord(const struct stat& file);

std::string FormatDeviceRecord(const FileMeta& device);
// Sets type, mode and device of `meta`, and size 0; false when the text is no record.
bool ReadDeviceRecord(std::string_view text, FileMeta& meta);

// The record of an open file (not O_PATH), if it has one.
std::optional<std::string> FindDeviceRecord(int fd);
void SetDeviceRecord(int fd, const FileMeta& device);

}  // namespace ibuild::layers
