// Reading tars of all the kinds there are, and of kinds there should not be.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "layers/tar/header.h"
#include "layers/tar/pax.h"
#include "layers/tar/reader.h"
#include "layers/tar/writer.h"
#include "support/error.h"
#include "tests/layers/tree_fixture.h"

namespace ibuild::layers {
namespace {

// Hands bytes out few at a time, as a network would.
class TricklingSource final : public ByteSource {
 public:
  TricklingSource(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}
  std::size_t Read(std::span<std::byte> buffer) override {
    const std::size_t size = std::min({buffer.size(), step_, text_.size() - position_});
    std::copy_n(AsBytes(text_).begin() + static_cast<std::ptrdiff_t>(position_), size,
                buffer.begin());
    position_ += size;
    return size;
  }

 private:
  std::string text_;
  std::size_t step_;
  std::size_t position_ = 0;
};

std::vector<TarEntry> ReadAllEntries(const std::string& tar) {
  StringSource source(tar);
  TarReader reader(source);
  std::vector<TarEntry> entries;
  while (auto entry = reader.Next()) entries.push_back(std::move(*entry));
  return entries;
}

TarEntry ReadOne(const std::string& tar) { return ReadAllEntries(tar).at(0); }

void ExpectKind(const std::string& tar, ErrorKind kind) {
  try {
    ReadAllEntries(tar);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
  }
}

// A header whose field at `offset` holds `bytes`, with the checksum made right.
std::string WithField(std::size_t offset, std::string_view bytes) {
  TarHeader header;
  header.name = "f";
  TarBlock block = EncodeTarHeader(header);
  std::copy(bytes.begin(), bytes.end(), block.begin() + static_cast<std::ptrdiff_t>(offset));
  std::fill_n(block.begin() + 148, 8, ' ');
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  for (int i = 5; i >= 0; --i, sum /= 8) {
    block[static_cast<std::size_t>(148 + i)] = static_cast<char>('0' + sum % 8);
  }
  block[154] = '\0';
  return std::string(block.data(), block.size()) + std::string(1024, '\0');
}

std::string GnuLong(char type, std::string_view name) {
  TarHeader header;
  header.name = "././@LongLink";
  header.type = type;
  return RawTar().Add(header, std::string(name) + std::string(1, '\0')).text();
}

TEST(TarReader, EmptyArchives) {
  EXPECT_TRUE(ReadAllEntries("").empty());
  EXPECT_TRUE(ReadAllEntries(std::string(512, '\0')).empty());
  EXPECT_TRUE(ReadAllEntries(std::string(1024, '\0')).empty());
}

TEST(TarReader, ContentComesThroughInAnyStep) {
  std::string big(300'000, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 7);
  const std::string tar =
      RawTar().File("a", "x").File("big", big).File("skipped", big).File("z", "y").End();
  for (const std::size_t step : {1u, 511u, 512u, 65'536u, 1'000'000u}) {
    TricklingSource source(tar, step);
    TarReader reader(source);
    EXPECT_EQ(reader.Next()->name, "a");
    EXPECT_EQ(reader.Next()->meta.size, big.size());
    EXPECT_EQ(ReadToString(reader.content(), 1 << 20), big);
    EXPECT_EQ(reader.Next()->name, "skipped");
    EXPECT_EQ(reader.Next()->name, "z");
    EXPECT_EQ(ReadToString(reader.content(), 10), "y");
    EXPECT_FALSE(reader.Next());
    reader.ExpectEnd();
  }
}

TEST(TarReader, GnuLongNames) {
  const std::string name(300, 'n');
  const std::string target(200, 't');
  const TarEntry entry =
      ReadOne(GnuLong('L', name) + GnuLong('K', target) + RawTar().Symlink("short", "x").End());
  EXPECT_EQ(entry.name, name);
  EXPECT_EQ(entry.meta.link_target, target);
}

TEST(TarReader, PaxOverridesTheHeader) {
  const TarEntry entry = ReadOne(RawTar()
                                     .Pax({{"path", "\xff\xfe/name"},
                                           {"uid", "3000000"},
                                           {"gid", "4294967294"},
                                           {"mtime", "-1.25"},
                                           {"SCHILY.xattr.user.k=", "v=\n"}})
                                     .File("f", "")
                                     .End());
  EXPECT_EQ(entry.name, "\xff\xfe/name");
  EXPECT_EQ(entry.meta.uid, 3'000'000u);
  EXPECT_EQ(entry.meta.gid, 4'294'967'294u);
  EXPECT_EQ(entry.meta.mtime, (UnixTime{-2, 750'000'000}));
}

TEST(TarReader, GlobalHeadersAreSkipped) {
  TarHeader global;
  global.name = "pax_global_header";
  global.type = 'g';
  const std::string tar =
      RawTar().Add(global, FormatPax({{"comment", "0123"}, {"path", "x"}})).File("f", "").End();
  EXPECT_EQ(ReadOne(tar).name, "f");
}

TEST(TarReader, OldTypesAndSlashes) {
  TarHeader v7;
  v7.name = "d/";
  v7.type = '\0';
  EXPECT_EQ(ReadOne(RawTar().Add(v7).End()).meta.type, FileType::kDirectory);
  v7.name = "f";
  EXPECT_EQ(ReadOne(RawTar().Add(v7).End()).meta.type, FileType::kRegular);
  EXPECT_EQ(ReadOne(RawTar().Directory("./").End()).name, ".");
  EXPECT_EQ(ReadOne(RawTar().Directory("//").End()).name, "/");
}

TEST(TarReader, SizesOfWhatHasNoContentAreIgnored) {
  TarHeader link;
  link.name = "h";
  link.link_name = "f";
  link.type = '1';
  link.size = 5;
  TarHeader directory;
  directory.name = "d/";
  directory.type = '5';
  directory.size = 4096;
  const std::string tar = RawTar().Add(link).Add(directory).File("f", "x").End();
  EXPECT_EQ(ReadAllEntries(tar).size(), 3u);
}

// Some archivers write such a member for the root.
TEST(TarReader, AMemberWithoutANameIsTheRootOrNothing) {
  TarHeader directory;
  directory.type = '5';
  directory.mode = 0700;
  const auto entries =
      ReadAllEntries(RawTar().File("", "skipped").Add(directory).File("f", "").End());
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].name, ".");
  EXPECT_EQ(entries[0].meta.mode, 0700u);
  EXPECT_EQ(entries[1].name, "f");
}

TEST(TarReader, Base256Numbers) {
  EXPECT_EQ(ReadOne(WithField(108, std::string_view("\x80\0\0\0\xee\x6b\x28\0", 8))).meta.uid,
            4'000'000'000u);
  const std::string_view before("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
  EXPECT_EQ(ReadOne(WithField(136, before)).meta.mtime.seconds, -1);
}

TEST(TarReader, NonsenseNumbersAreDamage) {
  ExpectKind(
      WithField(124, std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12)),
      ErrorKind::kCorrupt);  // negative size
  ExpectKind(WithField(124, std::string_view("\x80\1\0\0\0\0\0\0\0\0\0\0", 12)),
             ErrorKind::kCorrupt);  // over 8 EiB
  ExpectKind(WithField(124, "0000000000x"), ErrorKind::kCorrupt);
  ExpectKind(WithField(100, "-0000644"), ErrorKind::kCorrupt);
  ExpectKind(WithField(108, std::string_view("\x80\0\0\0\xff\xff\xff\xff", 8)),
             ErrorKind::kCorrupt);  // 2^32 - 1: chown(2) would leave the owner
  for (const char* size : {"-1", "9223372036854775808", "1e3", "0x10"}) {
    ExpectKind(RawTar().Pax({{"size", size}}).File("f", "").End(), ErrorKind::kCorrupt);
  }
}

TEST(TarReader, HugeDeclaredSizesAreOnlyDeclared) {
  const std::string tar = RawTar().Pax({{"size", "9223372036854775807"}}).File("f", "").End();
  StringSource source(tar);
  TarReader reader(source);
  EXPECT_EQ(reader.Next()->meta.size, 9223372036854775807u);
  EXPECT_THROW(reader.Next(), Error);
}

TEST(TarReader, MalformedRecordsAreDamage) {
  const std::string_view bad[] = {"4 a=\n",  "x a=b\n",          "7 a=b\n", "6 a=bc", "6 =bc\n",
                                  "6 abc\n", "4294967296 a=b\n", "3 \n",    " a=b\n"};
  for (const std::string_view text : bad) {
    TarHeader pax;
    pax.name = "x";
    pax.type = 'x';
    ExpectKind(RawTar().Add(pax, text).File("f", "").End(), ErrorKind::kCorrupt);
  }
  ExpectKind(RawTar().Pax({{"path", std::string("a\0b", 3)}}).File("f", "").End(),
             ErrorKind::kCorrupt);
}

TEST(TarReader, ExtensionsHaveALimit) {
  TarHeader pax;
  pax.name = "x";
  pax.type = 'x';
  pax.size = std::int64_t{4} << 30;
  ExpectKind(RawTar().Add(pax).End(), ErrorKind::kCorrupt);
  pax.type = 'L';
  ExpectKind(RawTar().Add(pax).End(), ErrorKind::kCorrupt);
}

TEST(TarReader, WhatWeDoNotUnpackIsSaid) {
  for (const char type : {'M', 'V', 'D', 'X', 'Z'}) {
    TarHeader header;
    header.name = "f";
    header.type = type;
    ExpectKind(RawTar().Add(header).End(), ErrorKind::kUnsupported);
  }
  ExpectKind(RawTar().Pax({{"GNU.sparse.numblocks", "1"}}).File("f", "").End(),
             ErrorKind::kUnsupported);
}

// --- sparse members: "abc" at 1000 and "de" at 3000 of 5000 bytes ---

std::string WholeSparseFile() {
  std::string file(5000, '\0');
  file.replace(1000, 3, "abc");
  file.replace(3000, 2, "de");
  return file;
}

void ExpectSparse(const std::string& tar) {
  StringSource source(tar);
  TarReader reader(source);
  const auto entry = reader.Next();
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->name, "name");
  EXPECT_EQ(entry->meta.size, 5000u);
  EXPECT_EQ(ReadToString(reader.content(), 10'000), WholeSparseFile());
  EXPECT_EQ(reader.Next()->name, "next");
  EXPECT_EQ(ReadToString(reader.content(), 10), "x");
  EXPECT_FALSE(reader.Next());
}

std::string OldGnuSparse(std::string_view first, std::string_view rest, std::string_view content) {
  std::string block = WithField(386, first).substr(0, kTarBlock);
  block[156] = 'S';
  TarBlock header;
  std::copy(block.begin(), block.end(), header.begin());
  header[0] = 'n';
  std::copy_n("name", 4, header.begin());
  std::copy_n("00000000005", 11, header.begin() + 124);
  std::copy_n("00000011610", 11, header.begin() + 483);  // 5000
  if (!rest.empty()) header[482] = 1;
  std::fill_n(header.begin() + 148, 8, ' ');
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  for (int i = 5; i >= 0; --i, sum /= 8) {
    header[static_cast<std::size_t>(148 + i)] = static_cast<char>('0' + sum % 8);
  }
  header[154] = '\0';
  std::string tar(header.data(), header.size());
  if (!rest.empty()) tar += std::string(rest) + std::string(kTarBlock - rest.size(), '\0');
  return tar + std::string(content) + std::string(kTarBlock - content.size(), '\0') +
         RawTar().File("next", "x").End();
}

// Two octal fields of twelve bytes each.
constexpr std::string_view kFirstPair(
    "00000001750\0"
    "00000000003\0",
    24);  // 1000, 3
constexpr std::string_view kSecondPair(
    "00000005670\0"
    "00000000002\0",
    24);  // 3000, 2
static_assert(kFirstPair.back() == '\0' && kFirstPair[11] == '\0' && kFirstPair[22] == '3');
static_assert(kSecondPair.back() == '\0' && kSecondPair[11] == '\0' && kSecondPair[22] == '2');

TEST(TarReader, SparseOldGnu) {
  ExpectSparse(OldGnuSparse(std::string(kFirstPair) + std::string(kSecondPair), "", "abcde"));
  ExpectSparse(OldGnuSparse(kFirstPair, kSecondPair, "abcde"));
}

TEST(TarReader, SparsePax) {
  const std::string made_up = "GNUSparseFile.0/name";
  ExpectSparse(RawTar()
                   .Pax({{"GNU.sparse.major", "1"},
                         {"GNU.sparse.minor", "0"},
                         {"GNU.sparse.name", "name"},
                         {"GNU.sparse.realsize", "5000"}})
                   .File(made_up, "2\n1000\n3\n3000\n2\n" + std::string(512 - 16, '\0') + "abcde")
                   .File("next", "x")
                   .End());
  ExpectSparse(RawTar()
                   .Pax({{"GNU.sparse.map", "1000,3,3000,2"},
                         {"GNU.sparse.name", "name"},
                         {"GNU.sparse.size", "5000"}})
                   .File(made_up, "abcde")
                   .File("next", "x")
                   .End());
}

TEST(TarReader, SparseMapsThatLieAreDamage) {
  for (const char* map :
       {"1000,3,1002,2", "3000,3,1000,2", "1000,3,4999,2", "1000,3", "1000,3,3000",
        "9223372036854775807,3,3000,2", "1000,9223372036854775807", "x,3", "-1,5"}) {
    ExpectKind(RawTar()
                   .Pax({{"GNU.sparse.map", map}, {"GNU.sparse.size", "5000"}})
                   .File("f", "abcde")
                   .End(),
               ErrorKind::kCorrupt);
  }
  const PaxRecords form1 = {
      {"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "5000"}};
  ExpectKind(RawTar().Pax(form1).File("f", "").End(), ErrorKind::kCorrupt);
  ExpectKind(RawTar().Pax(form1).File("f", std::string(2 << 20, '1')).End(), ErrorKind::kCorrupt);
  ExpectKind(RawTar().Pax(form1).File("f", "99999999999\n" + std::string(600, '\n')).End(),
             ErrorKind::kCorrupt);
}

// A map that is right but for its length, so that nothing else stops it.
TEST(TarReader, SparseMapsHaveALimit) {
  const auto lines = [](std::size_t segments) {
    std::string map = std::to_string(segments) + "\n";
    for (std::size_t i = 0; i < segments; ++i) map += "4000\n0\n";
    map.resize((map.size() + kTarBlock - 1) / kTarBlock * kTarBlock, '\0');
    return RawTar()
        .Pax({{"GNU.sparse.major", "1"},
              {"GNU.sparse.minor", "0"},
              {"GNU.sparse.name", "f"},
              {"GNU.sparse.realsize", "5000"}})
        .File("f", map)
        .End();
  };
  EXPECT_EQ(ReadOne(lines(100'000)).meta.size, 5000u);
  ExpectKind(lines(200'000), ErrorKind::kCorrupt);

  const auto blocks = [](std::size_t more) {
    std::string map;
    for (std::size_t i = 0; i < more; ++i) {
      std::string block(kTarBlock, '\0');
      if (i + 1 < more) block[504] = 1;
      if (i + 1 == more) block.replace(0, kSecondPair.size(), kSecondPair);
      map += block;
    }
    std::string tar = OldGnuSparse(kFirstPair, kSecondPair, "abcde");
    tar.replace(kTarBlock, kTarBlock, map);
    return tar;
  };
  EXPECT_EQ(ReadOne(blocks(2000)).meta.size, 5000u);
  ExpectKind(blocks(2050), ErrorKind::kCorrupt);
}

TEST(TarReader, DamagedStructure) {
  std::string tar = RawTar().File("f", "").End();
  tar[3] ^= 1;
  ExpectKind(tar, ErrorKind::kCorrupt);
  ExpectKind(std::string(512, '\0') + RawTar().File("f", "").End(), ErrorKind::kCorrupt);
  ExpectKind(RawTar().Pax({{"path", "x"}}).End(), ErrorKind::kCorrupt);
}

TEST(TarHeaderTest, OldSignedChecksumsAreRight) {
  TarHeader header;
  header.name = "caf\xC3\xA9";
  TarBlock block = EncodeTarHeader(header);
  int sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    sum += i >= 148 && i < 156 ? ' ' : static_cast<signed char>(block[i]);
  }
  const std::string text = fmt::format("{:06o}", sum) + std::string("\0 ", 2);
  ASSERT_NE(std::string_view(block.data() + 148, 8), text) << "the two sums must differ";
  std::copy(text.begin(), text.end(), block.begin() + 148);
  EXPECT_TRUE(IsTarHeader(block));
  EXPECT_EQ(DecodeTarHeader(block).name, header.name);
  block[148] ^= 1;
  EXPECT_FALSE(IsTarHeader(block));
}

// GNU's magic is another, and where USTAR has a prefix, its headers have times.
TEST(TarHeaderTest, APrefixIsOneUnderUstarsMagicOnly) {
  TarHeader header;
  header.name = std::string(120, 'p') + "/name";
  const TarBlock block = EncodeTarHeader(header);
  EXPECT_EQ(DecodeTarHeader(block).name, header.name);
  for (const std::string_view magic :
       {std::string_view("ustar  \0", 8), std::string_view("\0\0\0\0\0\0\0\0", 8)}) {
    TarBlock other = block;
    std::copy(magic.begin(), magic.end(), other.begin() + 257);
    std::fill_n(other.begin() + 148, 8, ' ');
    unsigned sum = 0;
    for (const char c : other) sum += static_cast<unsigned char>(c);
    const std::string text = fmt::format("{:06o}", sum) + std::string("\0 ", 2);
    std::copy(text.begin(), text.end(), other.begin() + 148);
    EXPECT_EQ(DecodeTarHeader(other).name, "name");
  }
}

TEST(TarWriterTest, OwnersThatDoNotFitTheHeaderComeThrough) {
  for (const std::uint32_t id : {2097151u, 2097152u, 2097153u, 4294967294u}) {
    StringSink sink;
    TarWriter writer(sink);
    TarEntry entry;
    entry.name = "f";
    entry.meta.uid = id;
    entry.meta.gid = id - 1;
    writer.Add(entry);
    writer.Finish();
    const TarEntry read = ReadOne(sink.text());
    EXPECT_EQ(read.meta.uid, id);
    EXPECT_EQ(read.meta.gid, id - 1);
  }
}

TEST(TarHeaderTest, EncodingAndDecodingAreInverses) {
  TarHeader header;
  header.name = std::string(120, 'p') + "/" + std::string(90, 'n');
  header.link_name = "target";
  header.type = '3';
  header.mode = 07777;
  header.uid = kMaxTarId;
  header.gid = 1;
  header.size = kMaxTarNumber;
  header.mtime = 1;
  header.device_major = 8;
  header.device_minor = 255;
  const TarHeader again = DecodeTarHeader(EncodeTarHeader(header));
  EXPECT_EQ(again.name, header.name);
  EXPECT_EQ(again.link_name, header.link_name);
  EXPECT_EQ(again.mode, header.mode);
  EXPECT_EQ(again.uid, header.uid);
  EXPECT_EQ(again.size, header.size);
  EXPECT_EQ(again.device_minor, header.device_minor);
}

TEST(TarHeaderTest, NamesSplitAtASlashOrNotAtAll) {
  EXPECT_TRUE(SplitTarName(std::string(100, 'x')));
  EXPECT_FALSE(SplitTarName(std::string(101, 'x')));
  EXPECT_FALSE(SplitTarName(std::string(100, 'x') + "/"));
  EXPECT_FALSE(SplitTarName("/" + std::string(101, 'x')));
  EXPECT_TRUE(SplitTarName(std::string(155, 'x') + "/" + std::string(100, 'y')));
  EXPECT_FALSE(SplitTarName(std::string(156, 'x') + "/" + std::string(100, 'y')));
  EXPECT_FALSE(SplitTarName("a/" + std::string(101, 'y')));
}

TEST(PaxTest, LengthsCountThemselves) {
  EXPECT_EQ(FormatPax({{"a", "b"}}), "6 a=b\n");
  for (std::size_t size : {3u, 4u, 5u, 90u, 91u, 92u, 93u, 94u, 990u, 991u, 992u, 993u}) {
    const PaxRecords records = {{"k", std::string(size, 'v')}, {"z", std::string("\n\0=", 3)}};
    EXPECT_EQ(ParsePax(FormatPax(records)), records) << size;
  }
}

}  // namespace
}  // namespace ibuild::layers
