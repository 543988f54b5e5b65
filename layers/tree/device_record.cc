#include "layers/tree/device_record.h"

#include <fmt/format.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <array>
#include <cstdio>

#include "support/error.h"

namespace ibuild::layers {
namespace {

constexpr const char* kAttribute = "user.ibuild.device";
constexpr mode_t kRecordMode = 01000;

}  // namespace

bool MayBeDeviceRecord(const struct stat& file) {
  return file.st_size == 0 && file.st_mode == (S_IFREG | kRecordMode);
}

std::string FormatDeviceRecord(const FileMeta& device) {
  return fmt::format("{} {} {} {:o}", device.type == FileType::kCharDevice ? 'c' : 'b',
                     major(device.device), minor(device.device), device.mode);
}

bool ReadDeviceRecord(std::string_view text, FileMeta& meta) {
  char kind = 0;
  unsigned major_number = 0;
  unsigned minor_number = 0;
  unsigned mode = 0;
  const std::string copy(text);
  const int fields =
      std::sscanf(copy.c_str(), "%c %u %u %o", &kind, &major_number, &minor_number, &mode);
  if (fields != 4 || (kind != 'c' && kind != 'b')) return false;
  meta.type = kind == 'c' ? FileType::kCharDevice : FileType::kBlockDevice;
  meta.device = makedev(major_number, minor_number);
  meta.mode = mode & 07777;
  meta.size = 0;
  return true;
}

std::optional<std::string> FindDeviceRecord(int fd) {
  std::array<char, 64> value;
  const ssize_t size = ::fgetxattr(fd, kAttribute, value.data(), value.size());
  if (size < 0) return std::nullopt;
  return std::string(value.data(), static_cast<std::size_t>(size));
}

void SetDeviceRecord(int fd, const FileMeta& device) {
  const std::string record = FormatDeviceRecord(device);
  if (::fsetxattr(fd, kAttribute, record.data(), record.size(), 0) != 0 ||
      ::fchmod(fd, kRecordMode) != 0) {
    const int error_number = errno;
    throw ErrnoError("keep device node as a record", error_number)
        .WithHint("device nodes need root, or a store on ext4, xfs or btrfs");
  }
}

}  // namespace ibuild::layers
