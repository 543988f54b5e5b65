#include "support/recorded_device.h"

#include <fmt/format.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "support/recorded_owner.h"

namespace ibuild {
namespace {

constexpr const char* kAttribute = "user.ibuild.device";
constexpr std::string_view kModeOfFile = " own";

constexpr mode_t kPermissions = 07777;
constexpr mode_t kMark = 01000;
constexpr mode_t kReadableMark = 01600;  // where permission bits bind us

bool IsMarked(const struct stat& file) {
  const mode_t mode = file.st_mode & kPermissions;
  return mode == kMark || mode == kReadableMark;
}

// "c 1 3"
std::string FormatNumber(const RecordedDevice& device) {
  return fmt::format("{} {} {}", device.is_character ? 'c' : 'b', major(device.number),
                     minor(device.number));
}

}  // namespace

std::string FormatDevice(const RecordedDevice& device) {
  const std::string number = FormatNumber(device);
  return device.mode ? fmt::format("{} {:o}", number, *device.mode)
                     : number + std::string(kModeOfFile);
}

std::optional<RecordedDevice> ParseDevice(std::string_view text) {
  char kind = 0;
  unsigned major_number = 0;
  unsigned minor_number = 0;
  unsigned mode = 0;
  const std::string copy(text);
  const int fields =
      std::sscanf(copy.c_str(), "%c %u %u %o", &kind, &major_number, &minor_number, &mode);
  if (fields < 3 || (kind != 'c' && kind != 'b')) return std::nullopt;
  RecordedDevice device{.is_character = kind == 'c',
                        .number = makedev(major_number, minor_number),
                        .mode = std::nullopt};
  if (fields == 4) {
    device.mode = mode & kPermissions;
  } else if (text != FormatDevice(device)) {
    return std::nullopt;
  }
  return device;
}

mode_t DeviceRecordMode(mode_t mode) {
  if (OnlyDevicesAreRecorded()) return mode;
  return ModesAreRecorded() ? kReadableMark : kMark;
}

int RecordDevice(int fd, const RecordedDevice& device) {
  const mode_t mode = device.mode.value_or(0);
  RecordedDevice record = device;
  if (OnlyDevicesAreRecorded()) record.mode.reset();
  const std::string text = FormatDevice(record);
  if (fsetxattr(fd, kAttribute, text.data(), text.size(), 0) != 0) return errno;
  return fchmod(fd, DeviceRecordMode(mode)) == 0 ? 0 : errno;
}

int RecordModeOfDevice(const char* path, RecordedDevice device, mode_t mode) {
  device.mode = mode & kPermissions;
  const std::string text = FormatDevice(device);
  return setxattr(path, kAttribute, text.data(), text.size(), 0) == 0 ? 0 : errno;
}

bool MayBeDeviceRecord(const struct stat& file) {
  return file.st_size == 0 && S_ISREG(file.st_mode) && (IsMarked(file) || OnlyDevicesAreRecorded());
}

std::optional<RecordedDevice> FindDevice(const char* path, const struct stat& file) {
  if (!MayBeDeviceRecord(file)) return std::nullopt;
  std::array<char, 64> value;
  const ssize_t size = getxattr(path, kAttribute, value.data(), value.size());
  if (size < 0) return std::nullopt;
  const auto device = ParseDevice(std::string_view(value.data(), static_cast<std::size_t>(size)));
  const bool is_believed = device && (device->mode ? IsMarked(file) : OnlyDevicesAreRecorded());
  return is_believed ? device : std::nullopt;
}

}  // namespace ibuild
