#include "layers/shared/mount_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

#include "layers/shared/chunk_cutter.h"
#include "support/error.h"
#include "support/percent.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr std::string_view kFirstLine = "ibuild mount 1";
// What a pack may unpack to: it is held in memory.
constexpr std::uint64_t kMostPlainSize = 64u << 20;
// Of all files together: a short text can name a chunk many times.
constexpr std::size_t kMostReferences = 4u << 20;
// Files and packs: either takes far more memory than a line does.
constexpr std::size_t kMostLines = kMostMountFiles + (256u << 10);

constexpr std::array<std::pair<FileType, std::string_view>, 4> kKinds = {{
    {FileType::kRegular, "file"},
    {FileType::kDirectory, "dir"},
    {FileType::kSymlink, "link"},
    {FileType::kFifo, "fifo"},
}};

using Numbers = std::unordered_map<oci::Digest, std::size_t>;

// "3-5,9": chunks by their numbers, those of one pack mostly one behind the other.
std::string ChunkText(const MountFile& file, const Numbers& numbers) {
  std::string text;
  for (std::size_t i = 0; i < file.chunks.size();) {
    const std::size_t first = numbers.at(file.chunks[i]);
    std::size_t last = first;
    while (++i < file.chunks.size() && numbers.at(file.chunks[i]) == last + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", first);
    if (last != first) text += fmt::format("-{}", last);
  }
  return text.empty() ? "-" : text;
}

void AddFile(std::string& text, const CleanPath& path, const MountFile& file,
             const Numbers& numbers) {
  const FileMeta& meta = file.meta;
  const auto kind =
      std::ranges::find(kKinds, meta.type, [](const auto& known) { return known.first; });
  if (kind == kKinds.end()) throw Error(ErrorKind::kInternal, "a mount's index with a device");
  const auto add = std::back_inserter(text);
  fmt::format_to(add, "{} {:o} {} {} {} {} {} {}", kind->second, meta.mode, meta.uid, meta.gid,
                 meta.mtime.seconds, meta.mtime.nanoseconds, ChunkText(file, numbers),
                 EncodePercent(path.Absolute()));
  if (meta.type == FileType::kSymlink)
    fmt::format_to(add, " to={}", EncodePercent(meta.link_target));
  if (!file.same_as.empty()) fmt::format_to(add, " same={}", EncodePercent(file.same_as));
  for (const auto& [name, value] : meta.xattrs) {
    fmt::format_to(add, " xattr={}", EncodePercent(name));
    fmt::format_to(add, " value={}", EncodePercent(value));
  }
  text += '\n';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  MountIndex Run() {
    const std::string_view first = NextLine();
    if (first != kFirstLine) {
      if (first.starts_with("ibuild mount ")) {
        throw Error(ErrorKind::kUnsupported, "it was written by a later version of ibuild");
      }
      Fail("this is no index of a cache mount");
    }
    if (std::ranges::count(text_, '\n') > static_cast<std::ptrdiff_t>(kMostLines)) {
      Fail("it has more files than any mount that travels");
    }
    while (!text_.empty()) {
      const auto words = Split(NextLine(), ' ');
      words[0] == "pack" ? ReadPack(words) : ReadFile(words);
    }
    if (!index_.files.contains(CleanPath())) Fail("it does not say what the mount itself is");
    return std::move(index_);
  }

 private:
  [[noreturn]] static void Fail(const std::string& why) {
    throw Error(ErrorKind::kCorrupt, "index of a cache mount: " + why);
  }

  std::string_view NextLine() {
    const std::size_t end = text_.find('\n');
    if (end == std::string_view::npos) Fail("it is cut off");
    const std::string_view line = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return line;
  }

  template <typename Number>
  static Number Read(std::string_view word, int base = 10) {
    Number value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
    if (error != std::errc() || end != word.data() + word.size()) Fail("a number is none");
    return value;
  }

  static oci::Digest ReadDigest(std::string_view hex) {
    const auto digest = oci::Digest::TryParse("sha256:" + std::string(hex));
    if (!digest) Fail("a digest is none");
    return *digest;
  }

  static CleanPath ReadPath(std::string_view text) {
    try {
      return CleanPath::Parse(text);
    } catch (const Error& error) {
      Fail(error.message());
    }
  }

  void ReadPack(const std::vector<std::string_view>& words) {
    if (words.size() < 3 || words.size() % 2 == 0) Fail("a pack is incomplete");
    MountPack pack{.digest = ReadDigest(words[1]), .size = Read<std::uint64_t>(words[2])};
    for (std::size_t i = 3; i < words.size(); i += 2) {
      const auto length = Read<std::uint32_t>(words[i + 1]);
      if (length == 0 || length > kMostChunk) Fail("a chunk has no possible length");
      pack.chunks.push_back({ReadDigest(words[i]), length});
      // Files are added up by the number of a chunk, and made by its digest.
      const auto known = lengths_.emplace(pack.chunks.back().digest, length).first;
      if (known->second != length) Fail("a chunk has two lengths");
      chunks_.push_back(pack.chunks.back());
    }
    if (pack.PlainSize() > kMostPlainSize) Fail("a pack is too big");
    index_.packs.push_back(std::move(pack));
  }

  void ReadFile(const std::vector<std::string_view>& words) {
    if (words.size() < 8) Fail("a file is incomplete");
    const auto kind =
        std::ranges::find(kKinds, words[0], [](const auto& known) { return known.second; });
    if (kind == kKinds.end()) Fail("a file is of no known kind");
    MountFile file;
    FileMeta& meta = file.meta;
    meta.type = kind->first;
    meta.mode = Read<std::uint32_t>(words[1], 8) & 07777;
    meta.uid = Read<std::uint32_t>(words[2]);
    meta.gid = Read<std::uint32_t>(words[3]);
    meta.mtime = {Read<std::int64_t>(words[4]), Read<std::int32_t>(words[5])};
    if (meta.mtime.nanoseconds < 0 || meta.mtime.nanoseconds > 999'999'999) Fail("a time is none");
    if (words[6] != "-") ReadChunks(words[6], file);
    for (std::size_t i = 8; i < words.size(); ++i) ReadAttribute(words, i, file);
    const CleanPath path = ReadPath(DecodePercent(words[7]));
    if (path.IsRoot() && meta.type != FileType::kDirectory) Fail("the mount is no directory");
    if (!index_.files.emplace(path, std::move(file)).second) Fail("a file is there twice");
  }

  void ReadChunks(std::string_view text, MountFile& file) {
    if (file.meta.type != FileType::kRegular) Fail("only a file has content");
    for (const std::string_view range : Split(text, ',')) {
      const std::size_t dash = range.find('-');
      const auto first = Read<std::size_t>(range.substr(0, dash));
      const auto last =
          dash == std::string_view::npos ? first : Read<std::size_t>(range.substr(dash + 1));
      if (last < first || last >= chunks_.size()) Fail("a chunk is in no pack");
      references_ += last - first + 1;
      if (references_ > kMostReferences) Fail("it names more chunks than any mount has");
      for (std::size_t i = first; i <= last; ++i) {
        file.chunks.push_back(chunks_[i].digest);
        file.meta.size += chunks_[i].length;
      }
    }
  }

  // An extended attribute is two words.
  static void ReadAttribute(const std::vector<std::string_view>& words, std::size_t& i,
                            MountFile& file) {
    const auto [key, value] = SplitAttribute(words[i]);
    if (key == "to") {
      file.meta.link_target = value;
    } else if (key == "same") {
      file.same_as = ReadPath(value).Absolute();
    } else if (key == "xattr" && i + 1 < words.size()) {
      const auto [next_key, next_value] = SplitAttribute(words[++i]);
      if (next_key != "value") Fail("an attribute without a value");
      file.meta.xattrs[value] = next_value;
    } else {
      Fail("an attribute that nobody knows");
    }
  }

  static std::pair<std::string_view, std::string> SplitAttribute(std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) Fail("an attribute is none");
    return {word.substr(0, equals), DecodePercent(word.substr(equals + 1))};
  }

  std::string_view text_;
  MountIndex index_;
  std::vector<MountChunk> chunks_;  // of all packs, by number
  std::unordered_map<oci::Digest, std::uint32_t> lengths_;
  std::size_t references_ = 0;
};

}  // namespace

oci::Descriptor MountPack::Describe() const {
  oci::Descriptor descriptor{.media_type = kMountPackType, .digest = digest};
  descriptor.size = size;
  return descriptor;
}

std::uint64_t MountPack::PlainSize() const {
  return std::accumulate(
      chunks.begin(), chunks.end(), std::uint64_t{0},
      [](std::uint64_t sum, const MountChunk& chunk) { return sum + chunk.length; });
}

std::string Serialize(const MountIndex& index) {
  std::string text = std::string(kFirstLine) + "\n";
  Numbers numbers;
  std::size_t number = 0;
  for (const MountPack& pack : index.packs) {
    fmt::format_to(std::back_inserter(text), "pack {} {}", pack.digest.hex(), pack.size);
    for (const MountChunk& chunk : pack.chunks) {
      numbers.emplace(chunk.digest, number++);
      fmt::format_to(std::back_inserter(text), " {} {}", chunk.digest.hex(), chunk.length);
    }
    text += '\n';
  }
  for (const auto& [path, file] : index.files) AddFile(text, path, file, numbers);
  return text;
}

MountIndex ParseMountIndex(std::string_view text) { return Reader(text).Run(); }

}  // namespace ibuild::layers
