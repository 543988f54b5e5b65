#include "layers/pack/layer_packer.h"

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "layers/diff/whiteout.h"
#include "layers/tar/writer.h"
#include "layers/tree/node_owners.h"
#include "layers/tree/read_tree.h"
#include "layers/tree/xattrs.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

class DigestSink final : public ByteSink {
 public:
  explicit DigestSink(ByteSink& next) : next_(next) {}
  void Write(std::span<const std::byte> bytes) override {
    digester_.Update(bytes);
    next_.Write(bytes);
  }
  oci::Digester& digester() { return digester_; }

 private:
  ByteSink& next_;
  oci::Digester digester_;
};

// An already open file whose owner is elsewhere.
class BorrowedFdSource final : public ByteSource {
 public:
  explicit BorrowedFdSource(int fd) : fd_(fd) {}
  std::size_t Read(std::span<std::byte> buffer) override { return ReadUpTo(fd_, buffer); }

 private:
  int fd_;
};

// Walks a layer directory in the order of its tar.
class Walk {
 public:
  Walk(int root, const PackOptions& options, ByteSink& sink)
      : root_(root), options_(options), space_(CurrentOverlaySpace()), writer_(sink) {}

  // Depth is bounded by PATH_MAX only, hence a stack of our own and no open descriptor a level.
  void Run() {
    Enter("", OpenBelow(root_, "", O_DIRECTORY));
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.next == level.names.size()) {
        levels_.pop_back();
        continue;
      }
      std::string path = JoinBelow(level.path, level.names[level.next++]);
      if (auto directory = Add(path)) Enter(std::move(path), *directory);
    }
    writer_.Finish();
  }

 private:
  struct Level {
    std::string path;
    std::vector<std::string> names;  // those that are files, in order
    std::size_t next = 0;
  };

  // Whiteouts first: whoever unpacks the tar in order removes before it adds.
  void Enter(std::string path, const UniqueFd& directory) {
    Level level;
    level.path = std::move(path);
    if (!level.path.empty() && IsOpaque(directory.get(), space_)) {
      AddMark(JoinBelow(level.path, std::string(kOpaqueName)));
    }
    for (auto& [name, may_be_whiteout] : ListNames(directory.get())) {
      CheckName(level.path, name);
      if (may_be_whiteout && IsWhiteoutAt(JoinBelow(level.path, name))) {
        AddMark(JoinBelow(level.path, std::string(kWhiteoutPrefix) + name));
      } else {
        level.names.push_back(std::move(name));
      }
    }
    levels_.push_back(std::move(level));
  }

  static void CheckName(const std::string& directory, const std::string& name) {
    if (!IsReservedName(name)) return;
    throw Error(ErrorKind::kUnsupported,
                "/" + PrintableText(JoinBelow(directory, name)) +
                    ": image layers cannot hold names that begin with \".wh.\"")
        .WithHint("such names mark removed files in a layer; choose another name or remove it");
  }

  bool IsWhiteoutAt(const std::string& path) const {
    const auto file = StatBelow(root_, path);
    return file && IsWhiteout(*file);
  }

  void AddMark(std::string name) {
    TarEntry mark;
    mark.name = std::move(name);
    writer_.Add(mark);
  }

  // A directory that was added comes back open, to be entered.
  std::optional<UniqueFd> Add(const std::string& path) {
    const auto file = StatBelow(root_, path);
    if (!file) throw Error(ErrorKind::kCorrupt, "/" + path + " vanished while it was packed");
    TarEntry entry;
    entry.name = path;
    entry.meta = ReadMeta(root_, path, *file);
    entry.meta.mtime = Clamp(entry.meta.mtime);
    if (AddAsHardLink(entry, *file)) return std::nullopt;
    if (entry.meta.type == FileType::kRegular) {
      AddRegular(entry);
    } else if (entry.meta.type == FileType::kDirectory) {
      UniqueFd directory = OpenBelow(root_, path, O_DIRECTORY);
      entry.meta.xattrs = ReadLayerXattrs(directory.get());
      writer_.Add(entry);
      return directory;
    } else if (entry.meta.type != FileType::kSocket) {  // no tar can hold one
      writer_.Add(entry);
    }
    return std::nullopt;
  }

  // Symbolic links can have several names too.
  bool AddAsHardLink(TarEntry& entry, const struct stat& file) {
    if (file.st_nlink < 2 || S_ISDIR(file.st_mode) || S_ISSOCK(file.st_mode)) return false;
    const auto [first, is_first] = first_names_.emplace(file.st_ino, entry.name);
    if (is_first) return false;
    entry.is_hard_link = true;
    entry.hard_link = first->second;
    writer_.Add(entry);
    return true;
  }

  void AddRegular(TarEntry& entry) {
    const UniqueFd content = OpenBelow(root_, entry.name);
    entry.meta.xattrs = ReadLayerXattrs(content.get());
    BorrowedFdSource source(content.get());
    writer_.Add(entry, source);
  }

  // Whole seconds (towards the past), not after the wanted limit.
  UnixTime Clamp(UnixTime time) const {
    time.nanoseconds = 0;
    if (options_.latest_mtime) time.seconds = std::min(time.seconds, *options_.latest_mtime);
    return time;
  }

  int root_;
  const PackOptions& options_;
  OverlaySpace space_;
  TarWriter writer_;
  std::vector<Level> levels_;
  std::unordered_map<ino_t, std::string> first_names_;  // of files with several links
};

}  // namespace

PackedLayer PackDirectory(const std::filesystem::path& directory, const PackOptions& options,
                          ByteSink& sink) {
  const UniqueFd root = OpenFile(directory, O_PATH | O_DIRECTORY);
  LoadNodeOwners(root.get());
  DigestSink digest(sink);
  Walk(root.get(), options, digest).Run();
  const std::uint64_t size = digest.digester().size();
  return {.diff_id = {digest.digester().Finish()}, .size = size, .options = options};
}

}  // namespace ibuild::layers
