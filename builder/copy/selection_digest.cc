#include <map>
#include <string>
#include <utility>

#include "builder/copy/selection.h"
#include "support/byte_stream.h"

namespace ibuild::builder {
namespace {

using layers::FileType;

constexpr std::size_t kFlushAt = 64u << 10;

// Writes values so that no two different sequences give the same bytes.
class RecordHash {
 public:
  void Number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) {
      buffer_.push_back(static_cast<char>((value >> shift) & 0xff));
    }
    if (buffer_.size() >= kFlushAt) Flush();
  }
  void Text(std::string_view text) {
    Number(text.size());
    buffer_.append(text);
  }
  Sha256Value Finish() {
    Flush();
    return hash_.Finish();
  }

 private:
  void Flush() {
    hash_.Update(buffer_);
    buffer_.clear();
  }

  Sha256 hash_;
  std::string buffer_;
};

class SelectionDigest {
 public:
  explicit SelectionDigest(const SourceTree& tree) : tree_(tree) {}

  void Add(const SelectedSource& source) {
    hash_.Text(source.by_parents ? std::string_view() : std::string_view(source.name));
    hash_.Number(source.files.size());
    for (const SelectedFile& file : source.files) Add(file, source.RelativePath(file));
  }
  Sha256Value Finish() { return hash_.Finish(); }

 private:
  void Add(const SelectedFile& file, std::string_view relative) {
    const layers::FileMeta& meta = file.entry.meta;
    hash_.Text(relative);
    hash_.Number(static_cast<std::uint64_t>(meta.type));
    // Of a copied directory itself nothing but its content is carried over.
    if (relative.empty() && meta.type == FileType::kDirectory) return;
    hash_.Number(file.implied ? 1 : 0);
    hash_.Number(meta.mode);
    hash_.Number(meta.uid);
    hash_.Number(meta.gid);
    AddXattrs(file.entry);
    switch (meta.type) {
      case FileType::kRegular:
        return AddData(file.entry);
      case FileType::kSymlink:
        return hash_.Text(meta.link_target);
      case FileType::kCharDevice:
      case FileType::kBlockDevice:
        return hash_.Number(meta.device);
      case FileType::kDirectory:
      case FileType::kFifo:
      case FileType::kSocket:
        return;
    }
  }

  void AddXattrs(const SourceEntry& entry) {
    if (entry.meta.type == FileType::kSymlink) return;
    const layers::Xattrs xattrs = tree_.ReadXattrs(entry);
    hash_.Number(xattrs.size());
    for (const auto& [name, value] : xattrs) {
      hash_.Text(name);
      hash_.Text(value);
    }
  }

  void AddData(const SourceEntry& entry) {
    ++regular_files_;
    if (entry.link_count > 1) {
      const auto [it, fresh] =
          links_.try_emplace(std::pair(entry.volume, entry.inode), regular_files_);
      hash_.Number(fresh ? 0 : it->second);
      if (!fresh) return;
    }
    hash_.Number(entry.meta.size);
    const Sha256Value data = tree_.HashData(entry);
    hash_.Text(AsText(data));
  }

  const SourceTree& tree_;
  RecordHash hash_;
  std::uint64_t regular_files_ = 0;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> links_;
};

}  // namespace

Sha256Value DigestSelection(const SourceTree& tree, const std::vector<SelectedSource>& selection) {
  SelectionDigest digest(tree);
  for (const SelectedSource& source : selection) digest.Add(source);
  return digest.Finish();
}

}  // namespace ibuild::builder
