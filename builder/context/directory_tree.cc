#include "builder/context/directory_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "layers/tree/read_tree.h"
#include "layers/tree/xattrs.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

using layers::FileType;

constexpr std::string_view kCapability = "security.capability";

UnixTime ToTime(const timespec& time) {
  return UnixTime{.seconds = time.tv_sec, .nanoseconds = static_cast<std::int32_t>(time.tv_nsec)};
}

SourceEntry ToEntry(CleanPath path, const struct stat& info, bool keep_owners) {
  SourceEntry entry;
  entry.path = std::move(path);
  entry.meta.type = layers::TypeOfMode(info.st_mode);
  entry.meta.mode = info.st_mode & 07777;
  if (keep_owners) {
    entry.meta.uid = info.st_uid;
    entry.meta.gid = info.st_gid;
  }
  if (entry.meta.type == FileType::kRegular) {
    entry.meta.size = static_cast<std::uint64_t>(info.st_size);
  }
  entry.meta.mtime = ToTime(info.st_mtim);
  entry.meta.device = info.st_rdev;
  entry.ctime = ToTime(info.st_ctim);
  entry.volume = info.st_dev;
  entry.inode = info.st_ino;
  entry.link_count = entry.meta.type == FileType::kDirectory ? 1 : info.st_nlink;
  return entry;
}

std::string ReadLinkAt(int directory, const char* name, const CleanPath& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlinkat(directory, name, target.data(), target.size());
  if (length < 0) ThrowErrno("read link " + path.Absolute());
  return std::string(target.data(), static_cast<std::size_t>(length));
}

[[noreturn]] void ThrowChanged(const CleanPath& path) {
  throw Error(ErrorKind::kInvalidInput,
              Quote(path.text()) + " changed while the build was reading it")
      .WithHint("let whatever writes into the context finish, then build again");
}

template <typename Open>
auto SayingHowToRead(const CleanPath& path, const Open& open) {
  try {
    return open();
  } catch (Error& error) {
    if (error.kind() == ErrorKind::kPermissionDenied) {
      error.AddHint(path.IsRoot() ? "make the context readable"
                                  : "make it readable, or leave it out: name `" + path.text() +
                                        "` in .dockerignore");
    }
    throw;
  }
}

}  // namespace

std::optional<SourceEntry> DirectoryTree::Find(const CleanPath& path) const {
  const auto file = root_.OpenIfExists(path, O_PATH | O_NOFOLLOW);
  if (!file) return std::nullopt;
  struct stat info;
  if (::fstat(file->get(), &info) != 0) ThrowErrno(path.Absolute());
  SourceEntry entry = ToEntry(path, info, keep_owners_);
  if (keep_owners_) layers::UnderstandRecords(root_.fd(), path.text(), info, entry.meta);
  if (entry.meta.type == FileType::kSymlink) {
    entry.meta.link_target = ReadLinkAt(file->get(), "", path);
  }
  return entry;
}

std::vector<SourceEntry> DirectoryTree::List(const CleanPath& directory) const {
  return SayingHowToRead(directory, [&] { return ListReadable(directory); });
}

std::vector<SourceEntry> DirectoryTree::ListReadable(const CleanPath& directory) const {
  const auto fd = root_.OpenIfExists(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!fd) return {};
  std::vector<SourceEntry> entries;
  for (const auto& [name, may_be_whiteout] : layers::ListNames(fd->get())) {
    struct stat info;
    if (::fstatat(fd->get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // removed since the directory was read
      ThrowErrno(directory.Child(name).Absolute());
    }
    entries.push_back(ToEntry(directory.Child(name), info, keep_owners_));
    SourceEntry& entry = entries.back();
    if (keep_owners_) layers::UnderstandRecords(root_.fd(), entry.path.text(), info, entry.meta);
    if (entry.meta.type == FileType::kSymlink) {
      entry.meta.link_target = ReadLinkAt(fd->get(), name.c_str(), entry.path);
    }
  }
  return entries;
}

UniqueFd DirectoryTree::OpenUnchanged(const SourceEntry& entry) const {
  UniqueFd file = SayingHowToRead(
      entry.path, [&] { return root_.OpenAt(entry.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK); });
  ExpectUnchanged(entry, file.get());
  return file;
}

void DirectoryTree::ExpectUnchanged(const SourceEntry& entry, int file) const {
  struct stat info;
  if (::fstat(file, &info) != 0) ThrowErrno(entry.path.Absolute());
  const SourceEntry now = ToEntry(entry.path, info, keep_owners_);
  const bool same = now.meta.type == entry.meta.type && now.volume == entry.volume &&
                    now.inode == entry.inode && now.meta.size == entry.meta.size &&
                    now.meta.mtime == entry.meta.mtime && now.ctime == entry.ctime;
  if (!same) ThrowChanged(entry.path);
}

void DirectoryTree::ReadRegular(const SourceEntry& entry, const ReadFile& read) const {
  const UnixTime read_at = Now();
  const UniqueFd file = OpenUnchanged(entry);
  read(file);
  ExpectUnchanged(entry, file.get());
  if (StatIndex::IsSettled(entry, read_at)) return;
  const auto known = index_.Find(entry);
  if (!known) return;  // nobody's key says what it held
  if (::lseek(file.get(), 0, SEEK_SET) != 0) ThrowErrno("read again " + entry.path.Absolute());
  if (HashFile(file.get()) != known->data) ThrowChanged(entry.path);
}

StatIndex::Content DirectoryTree::ContentOf(const SourceEntry& entry) const {
  if (const auto known = index_.Find(entry)) return *known;
  const UnixTime read_at = Now();
  const UniqueFd file = OpenUnchanged(entry);
  StatIndex::Content content;
  if (entry.meta.type == FileType::kRegular) content.data = HashFile(file.get());
  layers::Xattrs xattrs = layers::ReadLayerXattrs(file.get());
  xattrs.erase(std::string(kCapability));
  content.has_xattrs = !xattrs.empty();
  ExpectUnchanged(entry, file.get());
  index_.Remember(entry, content, read_at);
  return content;
}

layers::Xattrs DirectoryTree::ReadXattrs(const SourceEntry& entry) const {
  if (entry.meta.type != FileType::kRegular && entry.meta.type != FileType::kDirectory) return {};
  if (!ContentOf(entry).has_xattrs) return {};
  layers::Xattrs xattrs = layers::ReadLayerXattrs(OpenUnchanged(entry).get());
  xattrs.erase(std::string(kCapability));
  return xattrs;
}

Sha256Value DirectoryTree::HashData(const SourceEntry& entry) const {
  return ContentOf(entry).data;
}

}  // namespace ibuild::builder
