#include "layers/tar/reader.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr std::size_t kBufferSize = 256 << 10;
// Of one extension header. All attributes of a file together are at most 64 KiB on Linux's own file
// systems; a path is at most 4 KiB.
constexpr std::int64_t kMaxExtension = 1 << 20;
// 2^32 - 1 means "leave it" to chown(2).
constexpr std::int64_t kMaxId = 0xfffffffe;

constexpr std::string_view kXattrPrefix = "SCHILY.xattr.";

[[noreturn]] void ThrowCorrupt(std::string message) {
  throw Error(ErrorKind::kCorrupt, "damaged tar: " + std::move(message));
}

std::uint64_t PaddingFor(std::uint64_t size) { return (kTarBlock - size % kTarBlock) % kTarBlock; }

std::int64_t ParsePaxNumber(std::string_view text, const char* what) {
  const auto number = ParseUnsigned(text);
  if (!number || *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    ThrowCorrupt(std::string("bad ") + what + " in a PAX record");
  }
  return static_cast<std::int64_t>(*number);
}

// "[-]seconds[.fraction]"; digits after the ninth are dropped.
UnixTime ParsePaxTime(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  UnixTime time;
  time.seconds = ParsePaxNumber(text.substr(0, dot), "time");
  if (dot != std::string_view::npos) {
    std::string fraction(text.substr(dot + 1, 9));
    fraction.resize(9, '0');
    time.nanoseconds = static_cast<std::int32_t>(ParsePaxNumber(fraction, "time"));
  }
  if (negative) {
    time.seconds = -time.seconds - (time.nanoseconds > 0 ? 1 : 0);
    time.nanoseconds = time.nanoseconds > 0 ? 1'000'000'000 - time.nanoseconds : 0;
  }
  return time;
}

FileType TypeOfFlag(const TarHeader& header) {
  switch (header.type) {
    case '\0':
    case '0':
    case '7':
    case 'S':  // sparse
      // V7 had no flag for directories.
      return header.name.ends_with('/') ? FileType::kDirectory : FileType::kRegular;
    case '1':
      return FileType::kRegular;
    case '2':
      return FileType::kSymlink;
    case '3':
      return FileType::kCharDevice;
    case '4':
      return FileType::kBlockDevice;
    case '5':
      return FileType::kDirectory;
    case '6':
      return FileType::kFifo;
    default:
      break;
  }
  throw Error(ErrorKind::kUnsupported,
              "member type " + Quote(std::string_view(&header.type, 1)) + " in a tar");
}

std::uint32_t CheckId(std::int64_t id) {
  if (id < 0 || id > kMaxId) ThrowCorrupt("an owner outside 0 … 4294967294");
  return static_cast<std::uint32_t>(id);
}

void StripSlashes(std::string& name) {
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
}

// GNU long names end with a NUL.
std::string UpToNul(std::string text) {
  text.resize(std::min(text.size(), text.find('\0')));
  return text;
}

void ApplyPax(const PaxRecords& records, TarHeader& header, FileMeta& meta) {
  for (const auto& [key, value] : records) {
    if (key.starts_with(kXattrPrefix)) meta.xattrs[key.substr(kXattrPrefix.size())] = value;
    if (value.empty()) continue;  // takes back what a global header said
    if (key == "path") header.name = value;
    if (key == "linkpath") header.link_name = value;
    if (key == "size") header.size = ParsePaxNumber(value, "size");
    if (key == "uid") header.uid = ParsePaxNumber(value, "owner");
    if (key == "gid") header.gid = ParsePaxNumber(value, "group");
    if (key == "mtime") meta.mtime = ParsePaxTime(value);
  }
  // The path of a sparse member is made up, for readers that do not know what it is.
  const auto name = records.find("GNU.sparse.name");
  if (name != records.end()) header.name = name->second;
}

}  // namespace

struct TarReader::Overrides {
  PaxRecords pax;
  std::optional<std::string> name;
  std::optional<std::string> link_name;
};

TarReader::TarReader(ByteSource& source) : source_(source), buffer_(kBufferSize) {}

std::optional<TarEntry> TarReader::Next() {
  SkipContent();
  Overrides overrides;
  bool has_overrides = false;
  for (TarBlock block; ReadBlock(block);) {
    if (IsZeroBlock(block)) {
      if (!AtEnd()) ThrowCorrupt("a lone block of zeros");
      break;
    }
    TarHeader header = DecodeTarHeader(block);
    if (header.size < 0) ThrowCorrupt("negative size");
    switch (header.type) {
      case 'g':
        ReadExtension(header.size);
        continue;
      case 'x':
        overrides.pax = ParsePax(ReadExtension(header.size));
        break;
      case 'L':
        overrides.name = UpToNul(ReadExtension(header.size));
        break;
      case 'K':
        overrides.link_name = UpToNul(ReadExtension(header.size));
        break;
      default: {
        TarEntry entry = MakeEntry(std::move(header), std::exchange(overrides, {}), block);
        if (!entry.name.empty()) return entry;
        SkipContent();
        has_overrides = false;
        continue;
      }
    }
    has_overrides = true;
  }
  if (has_overrides) ThrowCorrupt("it ends after an extension header");
  return std::nullopt;
}

void TarReader::ExpectEnd() {
  std::vector<std::byte> rest(kBufferSize);
  while (const std::size_t size = ReadSome(rest)) {
    const auto bytes = std::span(rest).first(size);
    const bool zeros =
        std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
    if (!zeros) ThrowCorrupt("data after its end");
  }
}

bool TarReader::ReadBlock(TarBlock& block) {
  const auto bytes = std::as_writable_bytes(std::span(block));
  const std::size_t first = ReadSome(bytes);
  if (first == 0) return false;
  ReadExactly(bytes.subspan(first));
  return true;
}

bool TarReader::AtEnd() {
  TarBlock block;
  return !ReadBlock(block) || IsZeroBlock(block);
}

std::string TarReader::ReadExtension(std::int64_t size) {
  if (size > kMaxExtension) ThrowCorrupt("an extension header over 1 MiB");
  std::string text(static_cast<std::size_t>(size), '\0');
  ReadExactly(std::as_writable_bytes(std::span(text)));
  Skip(PaddingFor(text.size()));
  return text;
}

TarEntry TarReader::MakeEntry(TarHeader header, Overrides overrides, const TarBlock& block) {
  if (overrides.name) header.name = std::move(*overrides.name);
  if (overrides.link_name) header.link_name = std::move(*overrides.link_name);
  TarEntry entry;
  entry.meta.mtime.seconds = header.mtime;
  ApplyPax(overrides.pax, header, entry.meta);
  entry.meta.type = TypeOfFlag(header);
  if (header.name.empty() && entry.meta.type == FileType::kDirectory) header.name = ".";
  entry.meta.mode = header.mode & 07777;
  entry.meta.uid = CheckId(header.uid);
  entry.meta.gid = CheckId(header.gid);
  entry.meta.device = makedev(header.device_major, header.device_minor);
  entry.name = std::move(header.name);
  StripSlashes(entry.name);
  entry.is_hard_link = header.type == '1';
  if (entry.is_hard_link) {
    entry.hard_link = std::move(header.link_name);
  } else if (entry.meta.type == FileType::kSymlink) {
    entry.meta.link_target = std::move(header.link_name);
  } else if (entry.meta.type == FileType::kRegular) {
    BeginContent(header, overrides.pax, block, entry.meta);
  }
  return entry;
}

void TarReader::BeginContent(TarHeader& header, const PaxRecords& pax, const TarBlock& block,
                             FileMeta& meta) {
  const NextBlock next = [this] {
    TarBlock more;
    ReadExactly(std::as_writable_bytes(std::span(more)));
    return more;
  };
  const NextBlock next_of_content = [&header, &next] {
    header.size -= static_cast<std::int64_t>(kTarBlock);
    if (header.size < 0) ThrowCorrupt("bad sparse map");
    return next();
  };
  auto map = header.type == 'S' ? std::optional(ReadGnuSparseMap(block, next))
                                : ReadPaxSparseMap(pax, next_of_content);
  content_left_ = static_cast<std::uint64_t>(header.size);
  padding_ = PaddingFor(content_left_);
  meta.size = map ? map->file_size : content_left_;
  if (!map) return;
  CheckSparseMap(*map, content_left_);
  sparse_.emplace(content_, *std::move(map));
}

std::size_t TarReader::ReadContent(std::span<std::byte> buffer) {
  if (content_left_ == 0) return 0;
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), content_left_));
  const std::size_t size = ReadSome(buffer.first(want));
  if (size == 0) ThrowCorrupt("unexpected end");
  content_left_ -= size;
  return size;
}

void TarReader::SkipContent() {
  sparse_.reset();
  Skip(std::exchange(content_left_, 0));
  Skip(std::exchange(padding_, 0));
}

void TarReader::Skip(std::uint64_t bytes) {
  TarBlock scratch;
  while (bytes > 0) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(scratch.size(), bytes));
    ReadExactly(std::as_writable_bytes(std::span(scratch)).first(want));
    bytes -= want;
  }
}

// Large reads go past the buffer.
std::size_t TarReader::ReadSome(std::span<std::byte> buffer) {
  if (buffer.empty()) return 0;
  if (buffered_.empty()) {
    if (buffer.size() >= buffer_.size()) return source_.Read(buffer);
    buffered_ = std::span(buffer_).first(source_.Read(buffer_));
  }
  const std::size_t size = std::min(buffer.size(), buffered_.size());
  std::copy_n(buffered_.begin(), size, buffer.begin());
  buffered_ = buffered_.subspan(size);
  return size;
}

void TarReader::ReadExactly(std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    const std::size_t size = ReadSome(buffer);
    if (size == 0) ThrowCorrupt("unexpected end");
    buffer = buffer.subspan(size);
  }
}

}  // namespace ibuild::layers
