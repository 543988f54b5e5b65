// Device nodes where mknod(2) is refused, as text: the value of the attribute user.ibuild.device of
// the empty regular file that stands for one. Who keeps and finds such files: layers/tree (for
// layers) and sandbox/ownership (for steps).
//
// An attribute alone is something that any program may set, so it counts together with one of two
// things. Mostly it is the mode of the file, which no other file has; then the text holds that of
// the device. Where a step has many ids (OnlyDevicesAreRecorded) nobody watches its calls of
// chmod(2), so there the file has the device's mode and the text says so.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

namespace ibuild {

struct RecordedDevice {
  bool is_character = true;  // else a block device
  dev_t number = 0;
  std::optional<mode_t> mode = 0;  // the twelve permission bits; nothing: those of the file

  friend bool operator==(const RecordedDevice&, const RecordedDevice&) = default;
};

// "c 1 3 666": kind, major, minor, octal mode; "c 1 3 own" where the file has it.
std::string FormatDevice(const RecordedDevice& device);
std::optional<RecordedDevice> ParseDevice(std::string_view text);

// The mode that the file gets here which stands for a device of mode `mode`.
mode_t DeviceRecordMode(mode_t mode);
// Makes an open, empty file (not O_PATH) stand for a device. 0 or an errno.
int RecordDevice(int fd, const RecordedDevice& device);
// chmod(2) of a device whose record holds its mode. 0 or an errno.
int RecordModeOfDevice(const char* path, RecordedDevice device, mode_t mode);

// Whether what stat(2) says makes the attribute worth a system call.
bool MayBeDeviceRecord(const struct stat& file);
// What a file stands for, if for a device; `file` is what stat(2) says of it. Links at the end of
// `path` are followed.
std::optional<RecordedDevice> FindDevice(const char* path, const struct stat& file);

}  // namespace ibuild
