#include "support/recorded_device.h"

#include <fmt/format.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <array>
#include <cstdio>

#include "support/recorded_owner.h"

namespace ibuild {
namespace {

constexpr mode_t kMark = 01000;
constexpr mode_t kReadableMark = 01600;  // where permission bits bind us

}  // namespace

std::string FormatDevice(const RecordedDevice& device) {
  return fmt::format("{} {} {} {:o}", device.is_character ? 'c' : 'b', major(device.number),
                     minor(device.number), device.mode);
}

std::optional<RecordedDevice> ParseDevice(std::string_view text) {
  char kind = 0;
  unsigned major_number = 0;
  unsigned minor_number = 0;
  unsigned mode = 0;
  const std::string copy(text);
  const int fields =
      std::sscanf(copy.c_str(), "%c %u %u %o", &kind, &major_number, &minor_number, &mode);
  if (fields != 4 || (kind != 'c' && kind != 'b')) return std::nullopt;
  return RecordedDevice{.is_character = kind == 'c',
                        .number = makedev(major_number, minor_number),
                        .mode = mode & 07777};
}

mode_t DeviceRecordMode() { return ModesAreRecorded() ? kReadableMark : kMark; }

bool MayBeDeviceRecord(const struct stat& file) {
  return file.st_size == 0 && S_ISREG(file.st_mode);
}

std::optional<RecordedDevice> FindDevice(const char* path) {
  std::array<char, 64> value;
  const ssize_t size = getxattr(path, kDeviceAttribute, value.data(), value.size());
  if (size < 0) return std::nullopt;
  return ParseDevice(std::string_view(value.data(), static_cast<std::size_t>(size)));
}

std::optional<RecordedDevice> FindDevice(const char* path, const struct stat& file) {
  auto device = FindDevice(path);
  const mode_t mode = file.st_mode & 07777;
  if (device && mode != kMark && mode != kReadableMark) device->mode = mode;
  return device;
}

}  // namespace ibuild
