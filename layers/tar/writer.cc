#include "layers/tar/writer.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <string>

#include "support/error.h"

namespace ibuild::layers {
namespace {

// Large enough that reading a file takes few calls, small enough to stay in the second level cache
// between reading and hashing.
constexpr std::size_t kBufferSize = 256 << 10;

char TypeFlag(const TarEntry& entry) {
  if (entry.is_hard_link) return '1';
  switch (entry.meta.type) {
    case FileType::kRegular:
      return '0';
    case FileType::kSymlink:
      return '2';
    case FileType::kCharDevice:
      return '3';
    case FileType::kBlockDevice:
      return '4';
    case FileType::kDirectory:
      return '5';
    case FileType::kFifo:
      return '6';
    case FileType::kSocket:
      break;
  }
  throw Error(ErrorKind::kInternal, "a tar cannot hold the socket " + entry.name);
}

TarHeader HeaderOf(const TarEntry& entry, std::uint64_t size) {
  TarHeader header;
  header.name = entry.name;
  header.type = TypeFlag(entry);
  if (header.type == '5') header.name += '/';
  header.link_name = entry.is_hard_link ? entry.hard_link : entry.meta.link_target;
  header.mode = entry.meta.mode & 07777;
  header.uid = entry.meta.uid;
  header.gid = entry.meta.gid;
  header.size = static_cast<std::int64_t>(size);
  header.mtime = entry.meta.mtime.seconds;
  if (header.type == '3' || header.type == '4') {
    header.device_major = major(entry.meta.device);
    header.device_minor = minor(entry.meta.device);
  }
  return header;
}

PaxRecords PaxFor(const TarHeader& header, const Xattrs& xattrs) {
  PaxRecords records;
  if (!SplitTarName(header.name)) records["path"] = header.name;
  if (header.link_name.size() > kMaxTarName) records["linkpath"] = header.link_name;
  if (header.size > kMaxTarNumber) records["size"] = std::to_string(header.size);
  if (header.uid > kMaxTarId) records["uid"] = std::to_string(header.uid);
  if (header.gid > kMaxTarId) records["gid"] = std::to_string(header.gid);
  if (header.mtime < 0 || header.mtime > kMaxTarNumber) {
    records["mtime"] = std::to_string(header.mtime);
  }
  for (const auto& [name, value] : xattrs) records["SCHILY.xattr." + name] = value;
  return records;
}

std::string_view BaseName(std::string_view name) {
  if (name.ends_with('/')) name.remove_suffix(1);
  return name.substr(name.rfind('/') + 1);
}

}  // namespace

TarWriter::TarWriter(ByteSink& sink) : sink_(sink), buffer_(kBufferSize) {}

void TarWriter::Add(const TarEntry& entry) { AddHeader(entry, 0); }

void TarWriter::Add(const TarEntry& entry, ByteSource& content) {
  AddHeader(entry, entry.meta.size);
  for (std::uint64_t left = entry.meta.size; left > 0;) {
    std::span<std::byte> free = Free();
    free = free.first(static_cast<std::size_t>(std::min<std::uint64_t>(free.size(), left)));
    const std::size_t count = content.Read(free);
    if (count == 0) {
      throw Error(ErrorKind::kCorrupt, entry.name + " became shorter while it was read");
    }
    used_ += count;
    left -= count;
  }
  Pad(entry.meta.size);
}

void TarWriter::Finish() {
  Append(std::string(2 * kTarBlock, '\0'));
  Flush();
}

void TarWriter::AddHeader(const TarEntry& entry, std::uint64_t size) {
  const TarHeader header = HeaderOf(entry, size);
  const PaxRecords records = PaxFor(header, entry.meta.xattrs);
  if (!records.empty()) AddPax(records, header.name);
  const TarBlock block = EncodeTarHeader(header);
  Append({block.data(), block.size()});
}

void TarWriter::AddPax(const PaxRecords& records, std::string_view name) {
  const std::string text = FormatPax(records);
  TarHeader header;
  header.name = "PaxHeaders.0/";
  header.name += BaseName(name);
  header.name.resize(std::min(header.name.size(), kMaxTarName));
  header.type = 'x';
  header.mode = 0644;
  header.size = static_cast<std::int64_t>(text.size());
  const TarBlock block = EncodeTarHeader(header);
  Append({block.data(), block.size()});
  Append(text);
  Pad(text.size());
}

void TarWriter::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<std::byte> free = Free();
    const std::size_t count = std::min(free.size(), bytes.size());
    std::copy_n(AsBytes(bytes).begin(), count, free.begin());
    used_ += count;
    bytes.remove_prefix(count);
  }
}

void TarWriter::Pad(std::uint64_t size) {
  const std::size_t rest = static_cast<std::size_t>(size % kTarBlock);
  if (rest != 0) Append(std::string(kTarBlock - rest, '\0'));
}

std::span<std::byte> TarWriter::Free() {
  if (used_ == buffer_.size()) Flush();
  return std::span(buffer_).subspan(used_);
}

void TarWriter::Flush() {
  if (used_ != 0) sink_.Write(std::span(buffer_).first(used_));
  used_ = 0;
}

}  // namespace ibuild::layers
