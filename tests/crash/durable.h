// Durable: what of a watched directory is on the disk for certain, by the flushes seen so far.
//
// A disk below the program's file operations that forgets all it was not told to keep: of a file
// the bytes at its last fsync or fdatasync, of a directory the entries at its last fsync, of both
// everything at a syncfs. What the program finds on the real file system is untouched; Save() says
// what a loss of power in this moment would leave for certain. What it may leave besides (names
// without their files' bytes, some renames but not others) is up to whoever builds the disk after
// it (power_loss.py).
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>

namespace ibuild::crash {

class Durable {
 public:
  // All that is there now is on the disk. `objects`: a directory for the bytes of files.
  Durable(std::filesystem::path watched, std::filesystem::path objects);

  void FlushFile(const std::filesystem::path& file);  // or directory
  void FlushEverything();
  // JSON: {"files": {inode: object}, "directories": {inode: {name: inode}}, "root": inode}
  void Save(const std::filesystem::path& file) const;

 private:
  void Keep(const std::filesystem::path& path);

  std::filesystem::path watched_;
  std::filesystem::path objects_;
  std::map<ino_t, std::string> files_;
  std::map<ino_t, std::map<std::string, ino_t>> directories_;
  unsigned next_object_ = 0;
};

}  // namespace ibuild::crash
