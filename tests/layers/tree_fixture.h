// What the tests of trees, tars and diffs share: files made in one line, snapshots of a tree as
// text, archives put together member by member, and enough privilege for whiteouts and mounts.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "layers/tar/entry.h"
#include "layers/tar/header.h"
#include "layers/tar/pax.h"
#include "layers/tree/file_meta.h"
#include "support/files.h"

namespace ibuild::layers {

// A directory of its own for each test, on the file system of TMPDIR.
TempDir MakeTestDirectory();

// Parents are made as needed. Times are 1'000'000'000 unless set later.
void PutFile(const std::filesystem::path& path, std::string_view content, unsigned mode = 0644);
void PutDirectory(const std::filesystem::path& path, unsigned mode = 0755);
void PutLink(const std::filesystem::path& path, const std::string& target);
void PutWhiteout(const std::filesystem::path& path);
void PutOpaque(const std::filesystem::path& directory);
void SetTime(const std::filesystem::path& path, std::int64_t seconds, long nanoseconds = 0);

// Path to "type mode owner:group size time content"; directories without size. Symbolic links are
// not followed. `with_times` counts whole seconds of everything but directories.
using TreeText = std::map<std::string, std::string>;
TreeText DescribeTree(const std::filesystem::path& root, bool with_times = true);

// A tar as somebody else could have written it: nothing is checked.
class RawTar {
 public:
  RawTar& Add(TarHeader header, std::string_view content = {});
  RawTar& File(std::string name, std::string_view content, unsigned mode = 0644);
  RawTar& Directory(std::string name, unsigned mode = 0755);
  RawTar& Symlink(std::string name, std::string target);
  RawTar& HardLink(std::string name, std::string target);
  RawTar& Pax(const PaxRecords& records);  // for the next member
  RawTar& Bytes(std::string_view bytes);
  std::string End() const;  // with the closing blocks
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// An overlayfs mount of layer directories, lowest first; gone with the object.
class TestOverlay {
 public:
  TestOverlay(const std::vector<std::filesystem::path>& lower, const std::filesystem::path& upper,
              const std::filesystem::path& work, std::filesystem::path target);
  ~TestOverlay();
  TestOverlay(const TestOverlay&) = delete;
  TestOverlay& operator=(const TestOverlay&) = delete;
  const std::filesystem::path& path() const { return target_; }

 private:
  std::filesystem::path target_;
};

// An owner other than root that this process may give away: 1000 as root; in a user namespace
// with a single id there is none but 0.
std::uint32_t SomeOwner();

}  // namespace ibuild::layers
