// Device nodes where mknod(2) is refused, as text: the value of the attribute user.ibuild.device of
// the empty regular file that stands for one. Who keeps and finds such files: layers/tree (for
// layers) and sandbox/ownership (for steps).
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

namespace ibuild {

struct RecordedDevice {
  bool is_character = true;  // else a block device
  dev_t number = 0;
  mode_t mode = 0;  // the twelve permission bits

  friend bool operator==(const RecordedDevice&, const RecordedDevice&) = default;
};

inline constexpr const char* kDeviceAttribute = "user.ibuild.device";

// "c 1 3 666": kind, major, minor, octal mode.
std::string FormatDevice(const RecordedDevice& device);
std::optional<RecordedDevice> ParseDevice(std::string_view text);

// The mode of such a file that came with a layer, or that one id stands for many with: the record
// has the device's. One that a step made where it has many ids has its own mode, like its owner.
mode_t DeviceRecordMode();
// Whether what stat(2) says makes the attribute worth a system call.
bool MayBeDeviceRecord(const struct stat& file);

// The record of a file, if it has one. Links at the end of `path` are followed.
std::optional<RecordedDevice> FindDevice(const char* path);
// The same with the mode that counts; `file` is what stat(2) says of it.
std::optional<RecordedDevice> FindDevice(const char* path, const struct stat& file);

}  // namespace ibuild
