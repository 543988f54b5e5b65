#include "builder/copy/selected_files.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace ibuild::builder {
namespace {

SelectedFile File(const std::string& path) {
  SelectedFile file;
  file.entry.path = CleanPath::Parse(path);
  return file;
}

void ExpectSame(const SelectedFile& got, const SelectedFile& wanted) {
  EXPECT_EQ(got.entry.path, wanted.entry.path);
  EXPECT_EQ(got.entry.meta, wanted.entry.meta);
  EXPECT_EQ(got.entry.volume, wanted.entry.volume);
  EXPECT_EQ(got.entry.inode, wanted.entry.inode);
  EXPECT_EQ(got.entry.link_count, wanted.entry.link_count);
  EXPECT_EQ(got.entry.ctime, wanted.entry.ctime);
  EXPECT_EQ(got.implied, wanted.implied);
}

void ExpectKept(const std::vector<SelectedFile>& files) {
  SelectedFiles kept;
  for (const SelectedFile& file : files) kept.Add(file);
  ASSERT_EQ(kept.size(), files.size());
  auto wanted = files.begin();
  for (const SelectedFile& got : kept) ExpectSame(got, *wanted++);
  EXPECT_EQ(wanted, files.end());
}

TEST(SelectedFiles, NothingIsAnEmptyList) { ExpectKept({}); }

TEST(SelectedFiles, GiveBackEverythingOfAFile) {
  SelectedFile file = File("a/b");
  file.implied = true;
  file.entry.meta = {.type = layers::FileType::kSymlink,
                     .mode = 07777,
                     .uid = std::numeric_limits<std::uint32_t>::max(),
                     .gid = 1,
                     .size = std::numeric_limits<std::uint64_t>::max(),
                     .mtime = {.seconds = -1, .nanoseconds = 999'999'999},
                     .device = std::numeric_limits<dev_t>::max(),
                     .link_target = std::string("to\0there", 8),
                     .xattrs = {}};
  file.entry.volume = 1;
  file.entry.inode = std::numeric_limits<std::uint64_t>::max();
  file.entry.link_count = 300;
  file.entry.ctime = {.seconds = std::numeric_limits<std::int64_t>::min(), .nanoseconds = 1};
  ExpectKept({File(""), file, File("a/b/c"), file, File("z")});
}

TEST(SelectedFiles, PathsShareWhatTheyShare) {
  ExpectKept({File("a"), File("ab"), File("a"), File("abc/d"), File("abc/d/e"), File("b")});
}

TEST(SelectedFiles, GoOnInTheNextBlock) {
  std::vector<SelectedFile> files;
  for (int i = 0; i < 5000; ++i) files.push_back(File("directory/file-" + std::to_string(i)));
  files.push_back(File("link"));
  files.back().entry.meta.link_target.assign(200'000, 'x');
  files.push_back(File("last"));
  ExpectKept(files);
}

}  // namespace
}  // namespace ibuild::builder
