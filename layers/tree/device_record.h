// Device nodes where mknod(2) is refused.
//
// In a user namespace no device can be made, yet an image may contain some, and its layers must
// come out the same for root and for everyone else. There a device is kept as a record: an empty
// regular file with an attribute (support/recorded_device.h). Inside a container
// it is an ordinary empty file; /dev is mounted there anyway. A whiteout, which is device 0:0, is
// recorded likewise where the file system takes none (an overlay).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "layers/tree/file_meta.h"
#include "support/recorded_device.h"

namespace ibuild::layers {

std::string FormatDeviceRecord(const FileMeta& device);
// Sets type, mode and device of `meta`, and size 0.
void UnderstandDevice(const RecordedDevice& device, FileMeta& meta);
// The same from text; false when it is no record.
bool ReadDeviceRecord(std::string_view text, FileMeta& meta);

// Makes a record of an open, empty file (not O_PATH), whose mode it sets (DeviceRecordMode).
void SetDeviceRecord(int fd, const FileMeta& device);

}  // namespace ibuild::layers
