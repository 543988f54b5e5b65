#include "layers/tree/device_record.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include "support/error.h"

namespace ibuild::layers {

std::string FormatDeviceRecord(const FileMeta& device) {
  return FormatDevice({.is_character = device.type == FileType::kCharDevice,
                       .number = device.device,
                       .mode = device.mode});
}

void UnderstandDevice(const RecordedDevice& device, FileMeta& meta) {
  meta.type = device.is_character ? FileType::kCharDevice : FileType::kBlockDevice;
  meta.device = device.number;
  meta.mode = device.mode;
  meta.size = 0;
}

bool ReadDeviceRecord(std::string_view text, FileMeta& meta) {
  const auto device = ParseDevice(text);
  if (device) UnderstandDevice(*device, meta);
  return device.has_value();
}

void SetDeviceRecord(int fd, const FileMeta& device) {
  const std::string record = FormatDeviceRecord(device);
  if (::fsetxattr(fd, kDeviceAttribute, record.data(), record.size(), 0) != 0 ||
      ::fchmod(fd, DeviceRecordMode()) != 0) {
    const int error_number = errno;
    throw ErrnoError("keep device node as a record", error_number)
        .WithHint("device nodes need root, or a store on ext4, xfs or btrfs");
  }
}

}  // namespace ibuild::layers
