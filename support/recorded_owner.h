// Owners of files where the kernel cannot give them.
//
// Root, real or with a range of ids in a user namespace, changes owners with chown(2). A process
// that has a single id, or that is an ordinary user outside any namespace, cannot. There a file
// belongs to that one id on disk, and the owner that it has in the image is *recorded*: in the
// attribute user.ibuild.owner ("uid:gid") of files and directories, and in a table of this process
// for what can carry no such attribute (links, fifos, sockets). What has no record is 0:0.
//
// An ordinary user also cannot read what its own permission bits forbid, so where those would lock
// us out the record holds the mode, too ("uid:gid:mode", octal). Any thread.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ibuild {

struct FileOwner {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;

  friend bool operator==(const FileOwner&, const FileOwner&) = default;
};

struct OwnerRecord {
  FileOwner owner;
  std::optional<mode_t> mode;  // the twelve permission bits, where they are not the file's own

  friend bool operator==(const OwnerRecord&, const OwnerRecord&) = default;
};

inline constexpr const char* kOwnerAttribute = "user.ibuild.owner";

std::string FormatOwnerRecord(const OwnerRecord& record);
std::optional<OwnerRecord> ParseOwnerRecord(std::string_view text);

// Whether this process records owners. Found out at the first call and kept: who becomes somebody
// else (enters a user namespace) says so.
bool OwnersAreRecorded();
// Whether owners are real and yet the kernel makes no device nodes (recorded_device.h): many ids in
// a user namespace. Kept likewise.
bool OnlyDevicesAreRecorded();
void ReconsiderOwners();
// Whether the process is subject to permission bits.
bool ModesAreRecorded();

// The record of a regular file or directory; `path` is followed to its end, so it is usually one of
// /proc/self/fd. Nothing: 0:0 with the mode that it shows.
std::optional<OwnerRecord> FindOwnerRecord(const char* path);
// Throws nothing: 0 or an errno, as the attribute may be refused for want of space or support.
int WriteOwnerRecord(const char* path, const OwnerRecord& record);

// The table of links, fifos and sockets, by inode.
FileOwner FindNodeOwner(dev_t device, ino_t inode);
void SetNodeOwner(dev_t device, ino_t inode, FileOwner owner);  // 0:0: forgets it
bool HasNodeOwners();

// Gives an owner, by the kernel or by record. `fd`: a regular file or directory, not O_PATH.
// Throws ErrnoError.
void GiveOwner(int fd, FileOwner owner);
// What `name` in `directory` is itself, whatever it is; a link is not followed.
void GiveOwnerAt(int directory, const char* name, FileOwner owner);
// chmod(2), by the kernel or by record, of a file or directory whose owner was given.
void GiveMode(int fd, mode_t mode);
void GiveModeAt(int directory, const char* name, mode_t mode);

}  // namespace ibuild
