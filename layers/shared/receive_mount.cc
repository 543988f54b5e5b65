#include "layers/shared/receive_mount.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "layers/apply/entry_placer.h"
#include "layers/compress/codec.h"
#include "layers/tree/layered_tree.h"
#include "support/error.h"
#include "support/files.h"
#include "support/task_pool.h"

namespace ibuild::layers {
namespace {

constexpr std::size_t kFetches = 4;  // at once

// Where the plain bytes of a chunk are in the scratch file.
struct ChunkPlace {
  std::size_t pack = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
};

// Chunks out of a file, one behind the other.
class ChunkSource final : public ByteSource {
 public:
  ChunkSource(int file, std::vector<ChunkPlace> chunks) : file_(file), chunks_(std::move(chunks)) {}

  std::size_t Read(std::span<std::byte> buffer) override {
    while (at_ < chunks_.size() && done_ == chunks_[at_].length) {
      ++at_;
      done_ = 0;
    }
    if (at_ == chunks_.size()) return 0;
    const ChunkPlace& chunk = chunks_[at_];
    const std::size_t wanted = std::min<std::size_t>(buffer.size(), chunk.length - done_);
    const ssize_t count =
        ::pread(file_, buffer.data(), wanted, static_cast<off_t>(chunk.offset + done_));
    if (count < 0) ThrowErrno("read a chunk");
    if (count == 0) throw Error(ErrorKind::kInternal, "a chunk is not where it was put");
    done_ += static_cast<std::uint32_t>(count);
    return static_cast<std::size_t>(count);
  }

 private:
  int file_;
  std::vector<ChunkPlace> chunks_;
  std::size_t at_ = 0;
  std::uint32_t done_ = 0;
};

// The index says how long it is.
std::string ReadPlainPack(ByteSource& plain, std::uint64_t size) {
  std::string content;
  std::array<std::byte, 64u << 10> buffer;
  const auto fail = [](std::string_view how) {
    throw Error(ErrorKind::kCorrupt, fmt::format("it is {} than its index says", how));
  };
  while (const std::size_t count = plain.Read(buffer)) {
    content += AsText(std::span(buffer).first(count));
    if (content.size() > size) fail("longer");
  }
  if (content.size() < size) fail("shorter");
  return content;
}

class Receiving {
 public:
  Receiving(const MountIndex& index, const MountToReceive& mount, const OpenPack& open)
      : index_(index),
        mount_(mount),
        open_(open),
        scratch_(OpenFile(mount.scratch / "chunks", O_RDWR | O_CREAT | O_EXCL, 0600)) {}

  ReceivedMount Run() {
    LocateChunks();
    const std::vector<const MountFiles::value_type*> wanted = ChooseFiles();
    Fetch(PacksOf(wanted));
    PlaceAll(wanted);
    return {.files = wanted.size(), .bytes = fetched_};
  }

 private:
  void LocateChunks() {
    std::uint64_t offset = 0;
    for (std::size_t pack = 0; pack < index_.packs.size(); ++pack) {
      offsets_.push_back(offset);
      for (const MountChunk& chunk : index_.packs[pack].chunks) {
        chunks_.emplace(chunk.digest, ChunkPlace{pack, offset, chunk.length});
        offset += chunk.length;
      }
    }
  }

  std::vector<const MountFiles::value_type*> ChooseFiles() const {
    const LayeredTree here({mount_.directory});
    std::vector<const MountFiles::value_type*> chosen;
    for (const auto& entry : index_.files) {
      if (mount_.is_new || IsWanted(here, entry.first, entry.second)) chosen.push_back(&entry);
    }
    return chosen;
  }

  // What is below something that is no directory here goes as little as that does.
  static bool IsWanted(const LayeredTree& here, const CleanPath& path, const MountFile& file) {
    if (path.IsRoot()) return false;
    const auto node = here.Find(path);
    if (!node) return MayStandIn(here, path.Parent());
    if (node->meta.type == FileType::kDirectory || file.meta.type == FileType::kDirectory) {
      return false;
    }
    return file.meta.mtime > node->meta.mtime;
  }

  static bool MayStandIn(const LayeredTree& here, CleanPath parent) {
    for (; !parent.IsRoot(); parent = parent.Parent()) {
      const auto node = here.Find(parent);
      if (node) return node->meta.type == FileType::kDirectory;
    }
    return true;
  }

  std::set<std::size_t> PacksOf(const std::vector<const MountFiles::value_type*>& files) const {
    std::set<std::size_t> packs;
    for (const auto* file : files) {
      for (const oci::Digest& chunk : file->second.chunks) packs.insert(chunks_.at(chunk).pack);
    }
    return packs;
  }

  void Fetch(const std::set<std::size_t>& packs) {
    TaskPool pool(kFetches);
    for (const std::size_t pack : packs) {
      pool.Submit([this, pack](const std::stop_token&) { FetchOne(pack); });
    }
    pool.Wait();
  }

  // A pack has the digest that the index says. That each chunk has its own is seen here, since who
  // sends this mount again relies on it.
  void FetchOne(std::size_t number) {
    const MountPack& pack = index_.packs[number];
    const std::string content = InContext("pack " + pack.digest.Short(), [&] {
      return ReadPlainPack(*Decompress(open_(pack.Describe())), pack.PlainSize());
    });
    std::size_t at = 0;
    for (const MountChunk& chunk : pack.chunks) {
      const std::string_view bytes = std::string_view(content).substr(at, chunk.length);
      if (oci::Digest::OfText(bytes) != chunk.digest) {
        throw Error(ErrorKind::kCorrupt, "a chunk of the cache mount is not what its index says");
      }
      at += chunk.length;
    }
    PwriteAll(content, offsets_[number]);
    const std::scoped_lock lock(mutex_);
    fetched_ += pack.size;
  }

  void PwriteAll(std::string_view bytes, std::uint64_t offset) const {
    while (!bytes.empty()) {
      const ssize_t count =
          ::pwrite(scratch_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0) ThrowErrno("write chunks of a cache mount");
      bytes.remove_prefix(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
  }

  // A mount that is here stays when this fails, and half a file would be the newest there is.
  void PlaceAll(const std::vector<const MountFiles::value_type*>& files) {
    const LayeredTree nothing({});
    EntryPlacer placer(mount_.directory, nothing, {});
    const std::filesystem::path workshop = mount_.scratch / "whole";
    MakeDirectories(workshop, 0700);
    const UniqueFd opened = OpenFile(workshop, O_RDONLY | O_DIRECTORY);
    try {
      for (const auto* file : files) {
        Place(file->first, file->second, [&](const TarEntry& entry, ByteSource& content) {
          mount_.is_new ? placer.Place(entry, content)
                        : placer.PlaceWhole(entry, content, opened.get());
        });
      }
    } catch (const Error&) {
      if (!mount_.is_new) placer.Finish();
      throw;
    }
    placer.Finish();
  }

  template <typename Take>
  void Place(const CleanPath& path, const MountFile& file, const Take& take) {
    TarEntry entry;
    entry.name = path.text();
    entry.meta = file.meta;
    StringSource nothing("");
    if (!file.same_as.empty() && SameAs(file)) {
      entry.is_hard_link = true;
      entry.hard_link = file.same_as;
      take(entry, nothing);
      return;
    }
    std::vector<ChunkPlace> chunks;
    for (const oci::Digest& chunk : file.chunks) chunks.push_back(chunks_.at(chunk));
    ChunkSource content(scratch_.get(), std::move(chunks));
    take(entry, content);
    placed_.insert(path);
  }

  // The other name may have been left out, or be another file by now.
  bool SameAs(const MountFile& file) const {
    const CleanPath other = CleanPath::Parse(file.same_as);
    const auto first = index_.files.find(other);
    return placed_.contains(other) && first != index_.files.end() &&
           first->second.meta == file.meta && first->second.chunks == file.chunks;
  }

  const MountIndex& index_;
  const MountToReceive& mount_;
  const OpenPack& open_;
  const UniqueFd scratch_;
  std::unordered_map<oci::Digest, ChunkPlace> chunks_;
  std::vector<std::uint64_t> offsets_;  // of packs in the scratch file
  std::set<CleanPath> placed_;
  std::mutex mutex_;
  std::uint64_t fetched_ = 0;
};

}  // namespace

ReceivedMount ReceiveMount(const MountIndex& index, const MountToReceive& mount,
                           const OpenPack& open) {
  return Receiving(index, mount, open).Run();
}

}  // namespace ibuild::layers
