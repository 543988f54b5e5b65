#include "layers/apply/place_entry.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "layers/apply/set_metadata.h"
#include "layers/tree/device_record.h"
#include "layers/tree/read_tree.h"
#include "support/error.h"
#include "support/fd.h"

namespace ibuild::layers {
namespace {

constexpr std::size_t kCopyBuffer = 256 << 10;

// What a system call that makes `at` said: made, or the name is taken.
bool Made(int result, const PlaceAt& at) {
  if (result >= 0) return true;
  if (errno == EEXIST) return false;
  ThrowErrno("make " + at.path.Absolute());
}

UniqueFd CreateFile(const PlaceAt& at) {
  // O_EXCL follows no link, dangling ones included.
  return UniqueFd(::openat(at.directory, at.name().c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
}

void WriteContent(int fd, std::uint64_t size, ByteSource& content) {
  if (size == 0) return;
  thread_local std::vector<std::byte> buffer(kCopyBuffer);
  while (const std::size_t count = content.Read(buffer)) {
    WriteAll(fd, std::span<const std::byte>(buffer).first(count));
  }
}

bool PlaceDeviceRecord(const PlaceAt& at, const FileMeta& meta) {
  const UniqueFd file = CreateFile(at);
  if (!Made(file.get(), at)) return false;
  FileMeta record = meta;
  record.type = FileType::kRegular;
  record.mode = 0;
  SetDeviceRecord(file.get(), meta);
  SetMetadata(file.get(), record, at.path.Absolute());
  SetDeviceRecord(file.get(), meta);  // its mode is what marks it
  return true;
}

}  // namespace

bool PlaceRegular(const PlaceAt& at, const FileMeta& meta, ByteSource& content) {
  UniqueFd file = CreateFile(at);
  if (!Made(file.get(), at)) return false;
  InContext("writing " + at.path.Absolute(), [&] { WriteContent(file.get(), meta.size, content); });
  SetMetadata(file.get(), meta, at.path.Absolute());
  file.Close();
  return true;
}

bool PlaceDirectory(const PlaceAt& at, const FileMeta& meta) {
  if (!Made(::mkdirat(at.directory, at.name().c_str(), 0700), at)) return false;
  UpdateDirectory(at, meta);
  return true;
}

bool PlaceSymlink(const PlaceAt& at, const FileMeta& meta) {
  const std::string name = at.name();
  if (!Made(::symlinkat(meta.link_target.c_str(), at.directory, name.c_str()), at)) return false;
  SetMetadataAt(at.directory, name, meta);
  return true;
}

bool PlaceNode(const PlaceAt& at, const FileMeta& meta) {
  const std::string name = at.name();
  mode_t kind = S_IFIFO;
  if (meta.type == FileType::kCharDevice) kind = S_IFCHR;
  if (meta.type == FileType::kBlockDevice) kind = S_IFBLK;
  const int result = ::mknodat(at.directory, name.c_str(), kind | 0600, meta.device);
  if (result != 0 && errno == EPERM && kind != S_IFIFO) return PlaceDeviceRecord(at, meta);
  if (!Made(result, at)) return false;
  SetMetadataAt(at.directory, name, meta);
  return true;
}

void UpdateDirectory(const PlaceAt& at, const FileMeta& meta) {
  SetMetadata(OpenBelow(at.directory, at.name(), O_DIRECTORY).get(), meta, at.path.Absolute());
}

}  // namespace ibuild::layers
