// What ADD takes for an archive: by content, whatever the name.
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "layers/tar/archive_reader.h"
#include "support/error.h"
#include "tests/layers/tree_fixture.h"

namespace ibuild::layers {
namespace {

class ArchiveReaderTest : public ::testing::Test {
 protected:
  UniqueFd Put(std::string_view bytes) {
    WriteFileAtomically(path_, bytes);
    return OpenFile(path_, O_RDONLY);
  }

  // The bytes as one compressed stream, by libarchive's "raw" writer.
  std::string Filtered(const std::string& bytes, int (*add_filter)(archive*)) {
    archive* const writer = archive_write_new();
    add_filter(writer);
    archive_write_set_format_raw(writer);
    archive_write_open_filename(writer, path_.c_str());
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    archive_write_data(writer, bytes.data(), bytes.size());
    archive_entry_free(entry);
    archive_write_free(writer);
    return ReadFile(path_);
  }

  bool IsArchive(std::string_view bytes) {
    return ArchiveReader::OpenIfArchive(Put(bytes)).has_value();
  }

  TempDir temp_ = MakeTestDirectory();
  const std::filesystem::path path_ = temp_.path() / "file";
  const std::string tar_ =
      RawTar().Directory("d").File("d/\xc3\xa4\xff", "content").Symlink("l", "d").End();
};

using Filter = int (*)(archive*);

TEST_F(ArchiveReaderTest, AllCompressionsOfATar) {
  for (const Filter filter :
       std::initializer_list<Filter>{archive_write_add_filter_none, archive_write_add_filter_gzip,
                                     archive_write_add_filter_bzip2, archive_write_add_filter_xz,
                                     archive_write_add_filter_zstd}) {
    auto reader = ArchiveReader::OpenIfArchive(Put(Filtered(tar_, filter)));
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->Next()->name, "d");
    const auto file = reader->Next();
    EXPECT_EQ(file->name, "d/\xc3\xa4\xff");
    EXPECT_EQ(file->meta.mtime.seconds, 1'000'000'000);
    EXPECT_EQ(ReadToString(reader->content(), 100), "content");
    EXPECT_EQ(reader->Next()->meta.link_target, "d");
    EXPECT_FALSE(reader->Next());
  }
}

TEST_F(ArchiveReaderTest, WhatIsNoTarIsCopied) {
  EXPECT_FALSE(IsArchive(""));
  EXPECT_FALSE(IsArchive("just text"));
  EXPECT_FALSE(IsArchive(std::string(10'240, '\0')));
  EXPECT_FALSE(IsArchive("PK\x03\x04" + std::string(600, 'z')));
  EXPECT_FALSE(IsArchive("\x1f\x8b\x08 damaged from the start"));
  const Filter filters[] = {archive_write_add_filter_gzip, archive_write_add_filter_xz,
                            archive_write_add_filter_zstd};
  for (const Filter filter : filters) {
    EXPECT_FALSE(IsArchive(Filtered("compressed text", filter)));
    EXPECT_FALSE(IsArchive(Filtered("", filter)));
  }
}

TEST_F(ArchiveReaderTest, TheDescriptorIsLeftAtItsPlace) {
  const UniqueFd file = Put(tar_);
  auto reader = ArchiveReader::OpenIfArchive(file);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->Next()->name, "d");
  EXPECT_EQ(ReadAll(file.get()), tar_);
  EXPECT_EQ(reader->Next()->name, "d/\xc3\xa4\xff");
}

TEST_F(ArchiveReaderTest, CutArchivesAreDamage) {
  const std::string packed =
      Filtered(RawTar().File("f", std::string(300'000, 'x')).End(), archive_write_add_filter_gzip);
  for (const std::string& bytes : {tar_.substr(0, 1100), packed.substr(0, packed.size() - 20)}) {
    auto reader = ArchiveReader::OpenIfArchive(Put(bytes));
    ASSERT_TRUE(reader);
    try {
      while (reader->Next()) {
      }
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupt) << error.what();
    }
  }
}

// libarchive shows nothing of a block that is cut.
TEST_F(ArchiveReaderTest, ASmallCutArchiveIsDamageTooAndNotAFile) {
  std::string noise;
  for (unsigned i = 0; i < 5000; ++i) noise += std::to_string(i * 7919 % 10007);
  const std::string tar = RawTar().File("f", noise).End();
  for (const Filter filter : {archive_write_add_filter_gzip, archive_write_add_filter_xz}) {
    const std::string cut = Filtered(tar, filter).substr(0, 3000);
    try {
      ArchiveReader::OpenIfArchive(Put(cut));
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupt) << error.what();
    }
    EXPECT_FALSE(IsArchive(Filtered(noise, filter).substr(0, 3000)));
  }
}

}  // namespace
}  // namespace ibuild::layers
