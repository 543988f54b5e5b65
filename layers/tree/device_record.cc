#include "layers/tree/device_record.h"

#include "support/error.h"

namespace ibuild::layers {

namespace {

RecordedDevice RecordOf(const FileMeta& device) {
  return {.is_character = device.type == FileType::kCharDevice,
          .number = device.device,
          .mode = device.mode};
}

}  // namespace

std::string FormatDeviceRecord(const FileMeta& device) { return FormatDevice(RecordOf(device)); }

void UnderstandDevice(const RecordedDevice& device, FileMeta& meta) {
  meta.type = device.is_character ? FileType::kCharDevice : FileType::kBlockDevice;
  meta.device = device.number;
  meta.mode = device.mode.value_or(meta.mode);
  meta.size = 0;
}

bool ReadDeviceRecord(std::string_view text, FileMeta& meta) {
  const auto device = ParseDevice(text);
  if (device) UnderstandDevice(*device, meta);
  return device.has_value();
}

void SetDeviceRecord(int fd, const FileMeta& device) {
  if (const int error_number = RecordDevice(fd, RecordOf(device)); error_number != 0) {
    throw ErrnoError("keep device node as a record", error_number)
        .WithHint("device nodes need root, or a store on ext4, xfs or btrfs");
  }
}

}  // namespace ibuild::layers
