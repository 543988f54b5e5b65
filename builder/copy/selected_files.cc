#include "builder/copy/selected_files.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace ibuild::builder {
namespace {

constexpr std::size_t kBlockSize = 64u << 10;
// Of what is not a path or a link's target: 16 numbers of at most 10 bytes.
constexpr std::size_t kNumbersSize = 160;

class FieldWriter {
 public:
  explicit FieldWriter(std::string& to) : to_(to) {}

  void Number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) to_.push_back(static_cast<char>(value | 0x80));
    to_.push_back(static_cast<char>(value));
  }
  void Text(std::string_view text) {
    Number(text.size());
    to_.append(text);
  }
  void Time(UnixTime time) {
    Number(static_cast<std::uint64_t>(time.seconds));
    Number(static_cast<std::uint64_t>(time.nanoseconds));
  }

 private:
  std::string& to_;
};

// Reads what a FieldWriter of the same process wrote.
class FieldReader {
 public:
  FieldReader(std::string_view from, std::size_t& at) : from_(from), at_(at) {}

  template <typename Value = std::uint64_t>
  Value Number() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(from_[at_++]);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return static_cast<Value>(value);
    }
  }
  std::string_view Text() {
    const auto size = Number<std::size_t>();
    at_ += size;
    return from_.substr(at_ - size, size);
  }
  UnixTime Time() {
    const auto seconds = Number<std::int64_t>();
    return {.seconds = seconds, .nanoseconds = Number<std::int32_t>()};
  }

 private:
  std::string_view from_;
  std::size_t& at_;
};

std::size_t SharedLength(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

void Pack(const SelectedFile& file, std::string_view path_before, std::string* to) {
  const std::string_view path = file.entry.path.text();
  const layers::FileMeta& meta = file.entry.meta;
  FieldWriter pack(*to);
  const std::size_t shared = SharedLength(path_before, path);
  pack.Number(shared);
  pack.Text(path.substr(shared));
  pack.Number(static_cast<std::uint64_t>(meta.type) << 1 | (file.implied ? 1 : 0));
  for (const std::uint64_t number :
       {std::uint64_t{meta.mode}, std::uint64_t{meta.uid}, std::uint64_t{meta.gid}, meta.size,
        std::uint64_t{meta.device}}) {
    pack.Number(number);
  }
  pack.Time(meta.mtime);
  pack.Text(meta.link_target);
  pack.Number(file.entry.volume);
  pack.Number(file.entry.inode);
  pack.Number(file.entry.link_count);
  pack.Time(file.entry.ctime);
}

SelectedFile Unpack(std::string_view path_before, FieldReader from) {
  SelectedFile file;
  std::string path(path_before.substr(0, from.Number<std::size_t>()));
  path += from.Text();
  file.entry.path = CleanPath::Parse(path);
  const std::uint64_t type = from.Number();
  file.implied = (type & 1) != 0;
  layers::FileMeta& meta = file.entry.meta;
  meta.type = static_cast<layers::FileType>(type >> 1);
  meta.mode = from.Number<mode_t>();
  meta.uid = from.Number<std::uint32_t>();
  meta.gid = from.Number<std::uint32_t>();
  meta.size = from.Number();
  meta.device = from.Number<dev_t>();
  meta.mtime = from.Time();
  meta.link_target = from.Text();
  file.entry.volume = from.Number();
  file.entry.inode = from.Number();
  file.entry.link_count = from.Number();
  file.entry.ctime = from.Time();
  return file;
}

}  // namespace

void SelectedFiles::Add(const SelectedFile& file) {
  const std::string& path = file.entry.path.text();
  const std::size_t most = kNumbersSize + path.size() + file.entry.meta.link_target.size();
  if (blocks_.empty() || blocks_.back().size() + most > kBlockSize) {
    blocks_.emplace_back().reserve(std::max(kBlockSize, most));
  }
  Pack(file, last_path_, &blocks_.back());
  last_path_ = path;
  if (size_++ == 0) front_ = file;
}

void SelectedFiles::Iterator::Read() {
  if (block_ < files_->blocks_.size() && offset_ == files_->blocks_[block_].size()) {
    ++block_;
    offset_ = 0;
  }
  at_end_ = block_ == files_->blocks_.size();
  if (at_end_) return;
  file_ = Unpack(file_.entry.path.text(), FieldReader(files_->blocks_[block_], offset_));
}

}  // namespace ibuild::builder
