#include "layers/shared/send_mount.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "layers/archive/flattened_walk.h"
#include "layers/compress/codec.h"
#include "layers/diff/whiteout.h"
#include "layers/shared/chunk_cutter.h"
#include "layers/tree/layered_tree.h"
#include "support/byte_stream.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

constexpr std::size_t kPackSize = 4u << 20;  // as it is packed
constexpr std::size_t kManyPacks = 48;       // from here on half empty ones are packed anew
constexpr int kZstdLevel = 3;

bool CanTravel(const TreeNode& node) {
  switch (node.meta.type) {
    case FileType::kRegular:
    case FileType::kDirectory:
    case FileType::kSymlink:
    case FileType::kFifo:
      return !IsReservedName(node.path.Name());
    case FileType::kCharDevice:
    case FileType::kBlockDevice:
    case FileType::kSocket:
      break;
  }
  return false;
}

struct MountContents {
  MountFiles files;
  std::size_t left_out = 0;
};

bool HasParent(const MountFiles& files, const CleanPath& path) {
  const auto parent = files.find(path.Parent());
  return parent != files.end() && parent->second.meta.type == FileType::kDirectory;
}

// Without content.
MountContents List(const LayeredTree& tree) {
  MountContents listing;
  listing.files[CleanPath()].meta = tree.Find(CleanPath())->meta;
  WalkFlattened(tree, [&](const FlattenedFile& found) {
    const TreeNode& node = found.node;
    if (!CanTravel(node) || !HasParent(listing.files, node.path)) {
      ++listing.left_out;
      return;
    }
    MountFile file{.meta = node.meta};
    if (node.meta.type != FileType::kSymlink) file.meta.xattrs = tree.ReadXattrs(node);
    const bool is_regular = node.meta.type == FileType::kRegular;
    if (is_regular && found.first_path) file.same_as = found.first_path->Absolute();
    listing.files.emplace(node.path, std::move(file));
  });
  return listing;
}

// Those that changed least recently go until the rest is within the limits.
std::size_t KeepWithin(const MountToSend& mount, MountFiles& files) {
  std::vector<MountFiles::iterator> by_age;
  std::uint64_t size = 0;
  for (auto file = files.begin(); file != files.end(); ++file) {
    if (file->second.meta.type != FileType::kRegular) continue;
    size += file->second.meta.size;
    by_age.push_back(file);
  }
  std::ranges::stable_sort(by_age, {}, [](const auto& file) { return file->second.meta.mtime; });
  std::size_t gone = 0;
  for (const auto& file : by_age) {
    const bool is_small = mount.limit == 0 || size <= mount.limit;
    if (is_small && files.size() <= mount.most_files) break;
    size -= file->second.meta.size;
    files.erase(file);
    ++gone;
  }
  if (files.size() > mount.most_files) {
    throw Error(ErrorKind::kResourceExhausted,
                "a cache mount with so many directories and links cannot travel");
  }
  return gone;
}

class Sending {
 public:
  Sending(const MountToSend& mount, const PutPack& put)
      : mount_(mount), put_(put), tree_({mount.directory}) {}

  SentMount Run() {
    MountContents listing = List(tree_);
    MountFiles files = std::move(listing.files);
    for (const auto& [path, file] : files) ours_.insert(path);
    if (!mount_.is_successor) AddTheirs(files);
    const std::size_t over = KeepWithin(mount_, files);
    FindPresentChunks(files);
    for (auto& [path, file] : files) {
      if (file.meta.type == FileType::kRegular && ours_.contains(path)) AddContent(path, file);
    }
    FinishPack();
    SentMount sent{.index = {.packs = UsedPacks(files), .files = {}},
                   .bytes = 0,
                   .left_out = listing.left_out + over};
    for (const auto& [path, file] : files) {
      sent.bytes += file.meta.size;
      sent.is_here = sent.is_here && ours_.contains(path);
    }
    sent.index.files = std::move(files);
    return sent;
  }

 private:
  // In the order of paths, so that a directory is decided before what is in it.
  void AddTheirs(MountFiles& files) {
    for (const MountIndex& present : mount_.present) {
      for (const auto& [path, theirs] : present.files) {
        if (path.IsRoot() || !HasParent(files, path)) continue;
        const auto [ours, is_new] = files.emplace(path, theirs);
        if (!is_new && !IsNewer(theirs, ours->second)) continue;
        ours->second = theirs;
        ours_.erase(path);
      }
    }
  }

  // A directory stays one: what it holds is compared by itself.
  static bool IsNewer(const MountFile& theirs, const MountFile& ours) {
    return theirs.meta.mtime > ours.meta.mtime && ours.meta.type != FileType::kDirectory &&
           theirs.meta.type != FileType::kDirectory;
  }

  // A pack that is mostly dead would be fetched for little: its chunks that are ours go anew.
  void FindPresentChunks(const MountFiles& files) {
    std::unordered_set<oci::Digest> wanted_there;  // that we could not send ourselves
    for (const auto& [path, file] : files) {
      if (!ours_.contains(path)) wanted_there.insert(file.chunks.begin(), file.chunks.end());
    }
    for (const MountIndex& present : mount_.present) {
      std::unordered_set<oci::Digest> used;
      for (const auto& [path, file] : present.files) {
        used.insert(file.chunks.begin(), file.chunks.end());
      }
      for (const MountPack& pack : present.packs) {
        const bool needed = std::ranges::any_of(pack.chunks, [&](const MountChunk& chunk) {
          return wanted_there.contains(chunk.digest);
        });
        if (!needed && present.packs.size() > kManyPacks && IsMostlyDead(pack, used)) continue;
        AddPack(pack);
      }
    }
  }

  static bool IsMostlyDead(const MountPack& pack, const std::unordered_set<oci::Digest>& used) {
    std::uint64_t alive = 0;
    for (const MountChunk& chunk : pack.chunks) {
      if (used.contains(chunk.digest)) alive += chunk.length;
    }
    return alive < kPackSize / 2;
  }

  void AddPack(MountPack pack) {
    for (const MountChunk& chunk : pack.chunks) known_.emplace(chunk.digest, packs_.size());
    packs_.push_back(std::move(pack));
  }

  void AddContent(const CleanPath& path, MountFile& file) {
    const auto node = tree_.Find(path);
    if (!node || node->meta != Bare(file.meta)) Fail(path);
    FdSource content(tree_.OpenRegular(*node));
    std::uint64_t size = 0;
    CutChunks(content, [&](std::span<const std::byte> bytes) {
      oci::Digest digest = oci::Digest::OfText(AsText(bytes));
      size += bytes.size();
      if (!known_.contains(digest) && !in_progress_.contains(digest)) Append(digest, bytes);
      file.chunks.push_back(std::move(digest));
    });
    if (size != file.meta.size) Fail(path);
  }

  static FileMeta Bare(FileMeta meta) {
    meta.xattrs.clear();
    return meta;
  }

  [[noreturn]] static void Fail(const CleanPath& path) {
    throw Error(ErrorKind::kUnavailable,
                path.Absolute() + " of the cache mount changed while it was read");
  }

  void Append(const oci::Digest& digest, std::span<const std::byte> bytes) {
    in_progress_.insert(digest);
    pack_.chunks.push_back({digest, static_cast<std::uint32_t>(bytes.size())});
    content_.append(AsText(bytes));
    if (content_.size() >= kPackSize) FinishPack();
  }

  void FinishPack() {
    if (content_.empty()) return;
    StringSink packed;
    const auto compressor =
        Compress({.compression = oci::Compression::kZstd, .level = kZstdLevel}, packed);
    compressor->Write(AsBytes(content_));
    compressor->Finish();
    pack_.digest = oci::Digest::OfText(packed.text());
    pack_.size = packed.text().size();
    put_(pack_.Describe(), packed.text());
    AddPack(std::exchange(pack_, MountPack{.digest = kNoDigest}));
    content_.clear();
    in_progress_.clear();
  }

  std::vector<MountPack> UsedPacks(const MountFiles& files) const {
    std::set<std::size_t> used;
    for (const auto& [path, file] : files) {
      for (const oci::Digest& chunk : file.chunks) used.insert(known_.at(chunk));
    }
    std::vector<MountPack> packs;
    for (const std::size_t pack : used) packs.push_back(packs_[pack]);
    return packs;
  }

  inline static const oci::Digest kNoDigest = oci::Digest::OfText("");

  const MountToSend& mount_;
  const PutPack& put_;
  const LayeredTree tree_;
  std::set<CleanPath> ours_;  // whose content is in the directory
  std::vector<MountPack> packs_;
  std::unordered_map<oci::Digest, std::size_t> known_;  // chunk -> index in packs_
  MountPack pack_{.digest = kNoDigest};                 // in the making
  std::unordered_set<oci::Digest> in_progress_;         // its chunks
  std::string content_;
};

}  // namespace

SentMount SendMount(const MountToSend& mount, const PutPack& put) {
  return Sending(mount, put).Run();
}

}  // namespace ibuild::layers
