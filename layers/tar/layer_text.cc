#include "layers/tar/layer_text.h"

#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "layers/tar/reader.h"
#include "layers/tar/writer.h"
#include "support/base64.h"
#include "support/error.h"
#include "support/percent.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr std::string_view kFirstLine = "ibuild layer 1";
constexpr std::size_t kLongestText = 64 << 10;  // longer files are shown as bytes
constexpr std::size_t kBytesPerLine = 57;       // 76 characters of Base64

constexpr std::array<std::pair<FileType, std::string_view>, 6> kKinds = {{
    {FileType::kRegular, "file"},
    {FileType::kDirectory, "dir"},
    {FileType::kSymlink, "symlink"},
    {FileType::kCharDevice, "char"},
    {FileType::kBlockDevice, "block"},
    {FileType::kFifo, "fifo"},
}};
constexpr std::string_view kHardLink = "hardlink";

std::string_view KindOf(const TarEntry& entry) {
  if (entry.is_hard_link) return kHardLink;
  const auto kind =
      std::ranges::find(kKinds, entry.meta.type, [](const auto& k) { return k.first; });
  return kind->second;  // a reader makes no other
}

bool IsDevice(FileType type) {
  return type == FileType::kCharDevice || type == FileType::kBlockDevice;
}

std::string MemberLine(const TarEntry& entry) {
  std::string line = fmt::format("{} {}", KindOf(entry), EncodePercent(entry.name));
  const auto add = std::back_inserter(line);
  if (entry.is_hard_link) {
    fmt::format_to(add, " to={}\n", EncodePercent(entry.hard_link));
    return line;
  }
  const FileMeta& meta = entry.meta;
  fmt::format_to(add, " mode={:04o} owner={}:{} time={}", meta.mode, meta.uid, meta.gid,
                 meta.mtime.seconds);
  if (meta.type == FileType::kSymlink)
    fmt::format_to(add, " to={}", EncodePercent(meta.link_target));
  if (IsDevice(meta.type)) {
    fmt::format_to(add, " device={}:{}", major(meta.device), minor(meta.device));
  }
  for (const auto& [name, value] : meta.xattrs) {
    // `=` ends the name, so in a name it is written as a byte.
    std::string key = EncodePercent(name);
    for (std::size_t at = 0; (at = key.find('=', at)) != std::string::npos;)
      key.replace(at, 1, "%3D");
    fmt::format_to(add, " xattr:{}={}", key, EncodePercent(value));
  }
  line += '\n';
  return line;
}

bool IsPlainText(std::string_view bytes) {
  return std::ranges::all_of(
      bytes, [](char c) { return c == '\n' || c == '\t' || (c >= ' ' && c <= '~'); });
}

void WriteText(ByteSink& sink, std::string_view text) { sink.Write(AsBytes(text)); }

void WriteLines(std::string_view content, ByteSink& sink) {
  while (!content.empty()) {
    const std::size_t end = content.find('\n');
    if (end == std::string_view::npos) {
      WriteText(sink, fmt::format("\t\\{}\n", content));
      return;
    }
    WriteText(sink, fmt::format("\t|{}\n", content.substr(0, end)));
    content.remove_prefix(end + 1);
  }
}

// Writes full lines of `bytes` and keeps what is left of them.
void WriteFullBytes(std::string& bytes, ByteSink& sink) {
  std::size_t begin = 0;
  for (; bytes.size() - begin >= kBytesPerLine; begin += kBytesPerLine) {
    WriteText(
        sink,
        fmt::format("\t:{}\n", EncodeBase64(std::string_view(bytes).substr(begin, kBytesPerLine))));
  }
  bytes.erase(0, begin);
}

void WriteContent(ByteSource& content, ByteSink& sink) {
  std::string bytes;
  std::array<std::byte, 16 << 10> buffer;
  bool as_text = true;
  while (const std::size_t count = content.Read(buffer)) {
    bytes += AsText(std::span(buffer).first(count));
    if (as_text && bytes.size() <= kLongestText) continue;
    as_text = false;
    WriteFullBytes(bytes, sink);
  }
  if (as_text && IsPlainText(bytes)) return WriteLines(bytes, sink);
  WriteFullBytes(bytes, sink);
  if (!bytes.empty()) WriteText(sink, fmt::format("\t:{}\n", EncodeBase64(bytes)));
}

// The lines of a text, with their numbers for errors.
class Lines {
 public:
  explicit Lines(std::string_view text) : left_(text) {}

  // Comments are passed over. Nothing: the end.
  std::optional<std::string_view> Next() {
    while (!left_.empty()) {
      const std::size_t end = left_.find('\n');
      if (end == std::string_view::npos) throw Fault("the last line has no end");
      const std::string_view line = left_.substr(0, end);
      left_.remove_prefix(end + 1);
      ++number_;
      if (!line.starts_with('#')) return line;
    }
    return std::nullopt;
  }

  // Whether the next line is content. A comment in between ends the content.
  bool ContentFollows() const { return left_.starts_with('\t'); }

  Error Fault(std::string_view what) const {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("line {} of the layer's text: {}", number_, what))
        .WithHint("docs/formats/layer-text.md has the grammar");
  }

 private:
  std::string_view left_;
  std::size_t number_ = 0;
};

class MemberReader {
 public:
  MemberReader(Lines& lines, std::string_view line) : lines_(lines), words_(Split(line, ' ')) {
    if (words_.size() < 2 || words_[1].empty()) throw lines.Fault("a kind and a name are expected");
    ReadKind(words_[0]);
    entry_.name = DecodePercent(words_[1]);
    for (std::size_t i = 2; i < words_.size(); ++i) ReadAttribute(words_[i]);
  }

  const TarEntry& entry() const { return entry_; }
  bool HasContent() const { return !entry_.is_hard_link && entry_.meta.type == FileType::kRegular; }

  std::string ReadContent() {
    std::string content;
    while (lines_.ContentFollows()) AppendContent(*lines_.Next(), content);
    entry_.meta.size = content.size();
    return content;
  }

 private:
  void ReadKind(std::string_view word) {
    if (word == kHardLink) {
      entry_.is_hard_link = true;
      return;
    }
    const auto kind = std::ranges::find(kKinds, word, [](const auto& k) { return k.second; });
    if (kind == kKinds.end()) throw lines_.Fault("there is no kind " + Quote(word));
    entry_.meta.type = kind->first;
  }

  void ReadAttribute(std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) throw lines_.Fault("NAME=VALUE is expected");
    const std::string_view name = word.substr(0, equals);
    const std::string_view value = word.substr(equals + 1);
    FileMeta& meta = entry_.meta;
    if (name == "mode") {
      meta.mode = ReadMode(value);
    } else if (name == "owner") {
      std::tie(meta.uid, meta.gid) = ReadPair(value);
    } else if (name == "time") {
      meta.mtime.seconds = ReadTime(value);
    } else if (name == "to") {
      (entry_.is_hard_link ? entry_.hard_link : meta.link_target) = DecodePercent(value);
    } else if (name == "device") {
      const auto [high, low] = ReadPair(value);
      meta.device = makedev(high, low);
    } else if (name.starts_with("xattr:")) {
      meta.xattrs[DecodePercent(name.substr(6))] = DecodePercent(value);
    } else {
      throw lines_.Fault("there is no attribute " + Quote(name));
    }
  }

  mode_t ReadMode(std::string_view value) const {
    mode_t mode = 0;
    for (const char c : value) {
      if (c < '0' || c > '7' || mode > 0777) throw lines_.Fault("a mode is four octal digits");
      mode = mode * 8 + static_cast<mode_t>(c - '0');
    }
    return mode;
  }

  std::uint32_t ReadNumber(std::string_view text) const {
    const auto number = ParseUnsigned(text);
    if (!number || *number > UINT32_MAX) throw lines_.Fault("a number of 32 bits is expected");
    return static_cast<std::uint32_t>(*number);
  }

  std::pair<std::uint32_t, std::uint32_t> ReadPair(std::string_view value) const {
    const auto numbers = Split(value, ':');
    if (numbers.size() != 2) throw lines_.Fault("two numbers with a colon are expected");
    return {ReadNumber(numbers[0]), ReadNumber(numbers[1])};
  }

  std::int64_t ReadTime(std::string_view value) const {
    const bool negative = value.starts_with('-');
    const auto seconds = ParseUnsigned(value.substr(negative ? 1 : 0));
    if (!seconds || *seconds > INT64_MAX) throw lines_.Fault("a time is seconds since 1970");
    const auto time = static_cast<std::int64_t>(*seconds);
    return negative ? -time : time;
  }

  void AppendContent(std::string_view line, std::string& content) const {
    const char form = line.size() > 1 ? line[1] : '\0';
    const std::string_view rest = line.substr(std::min<std::size_t>(2, line.size()));
    if (form == '|') {
      content.append(rest).push_back('\n');
    } else if (form == '\\') {
      content += rest;
    } else if (const auto bytes = form == ':' ? DecodeBase64(rest) : std::nullopt) {
      content += *bytes;
    } else {
      throw lines_.Fault("content begins with `|`, `\\` or `:` and Base64");
    }
  }

  Lines& lines_;
  std::vector<std::string_view> words_;
  TarEntry entry_;
};

}  // namespace

void WriteLayerText(ByteSource& tar, ByteSink& text) {
  TarReader reader(tar);
  WriteText(text, fmt::format("{}\n", kFirstLine));
  while (const auto entry = reader.Next()) {
    WriteText(text, MemberLine(*entry));
    if (!entry->is_hard_link && entry->meta.type == FileType::kRegular) {
      WriteContent(reader.content(), text);
    }
  }
  reader.ExpectEnd();
}

void WriteLayerTar(std::string_view text, ByteSink& tar) {
  Lines lines(text);
  if (lines.Next() != kFirstLine) {
    throw lines.Fault(fmt::format("the first line is {}", Quote(kFirstLine)));
  }
  TarWriter writer(tar);
  while (const auto line = lines.Next()) {
    MemberReader member(lines, *line);
    if (member.HasContent()) {
      StringSource content(member.ReadContent());
      writer.Add(member.entry(), content);
    } else {
      writer.Add(member.entry());
    }
  }
  writer.Finish();
}

}  // namespace ibuild::layers
