#include "builder/copy/unpack_archive.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <utility>

#include "layers/apply/layer_applier.h"
#include "layers/tar/archive_reader.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

using layers::FileMeta;
using layers::FileType;
using layers::TarEntry;

constexpr std::size_t kBufferSize = 128u << 10;

// A name of the archive as a path below its root; one that climbs out is refused, not clamped.
CleanPath CleanName(std::string_view name) {
  int depth = 0;
  for (const std::string_view element : Split(name, '/')) {
    if (element.empty() || element == ".") continue;
    depth += element == ".." ? -1 : 1;
    if (depth < 0) {
      throw Error(ErrorKind::kInvalidInput, "invalid entry name " + Quote(name) + " in archive")
          .WithHint("it leads out of the directory that the archive is unpacked into");
    }
  }
  return CleanPath::Parse(name);
}

std::uint64_t SizeOf(const UniqueFd& file) {
  struct stat info;
  if (::fstat(file.get(), &info) != 0) ThrowErrno("size of the archive");
  return static_cast<std::uint64_t>(info.st_size);
}

class Unpacker {
 public:
  Unpacker(layers::ArchiveReader& archive, UpperWriter& target, CleanPath root,
           const std::optional<Owner>& owner)
      : archive_(archive), target_(target), root_(std::move(root)), owner_(owner) {}

  void LimitTo(std::uint64_t bytes) { limits_.bytes = bytes; }

  void Run() {
    while (auto entry = archive_.Next()) {
      Count(*entry);
      const CleanPath name = CleanName(entry->name);
      if (name.IsRoot()) continue;
      Place(*std::move(entry), PlaceOf(name));
    }
  }

 private:
  void Count(const TarEntry& entry) {
    if (++entries_ > limits_.entries) {
      throw Error(ErrorKind::kResourceExhausted,
                  fmt::format("the archive has more than {} members", limits_.entries));
    }
    if (entry.meta.size > limits_.bytes - bytes_) {
      throw Error(ErrorKind::kResourceExhausted,
                  "the archive unpacks to more than " + FormatByteSize(limits_.bytes))
          .WithHint(kSourceLimitHint);
    }
    bytes_ += entry.meta.size;
  }

  NewDirectory Implied() const {
    return {.mode = 0755, .owner = owner_, .inherits_set_gid = false};
  }

  // Links that are there already, or that the archive brought, are followed inside the directory
  // that it is unpacked into, as if that were the root.
  CleanPath PlaceOf(const CleanPath& name) {
    const CleanPath parent = target_.ResolveBelow(root_, name.Parent());
    target_.MakeDirectories(parent, Implied());
    return parent.Child(name.Name());
  }

  void Place(TarEntry entry, const CleanPath& place) {
    FileMeta& meta = entry.meta;
    if (owner_) {
      meta.uid = owner_->uid;
      meta.gid = owner_->gid;
    }
    const auto there = target_.Find(place);
    const bool merges = there && there->type == FileType::kDirectory &&
                        meta.type == FileType::kDirectory && !entry.is_hard_link;
    const bool in_the_way =
        there && !merges &&
        (there->type == FileType::kDirectory || meta.type == FileType::kDirectory);
    if (in_the_way) target_.Remove(place);
    if (entry.is_hard_link) return PlaceLink(entry, place);
    switch (meta.type) {
      case FileType::kDirectory:
        return PlaceDirectory(meta, place);
      case FileType::kRegular:
        return target_.PlaceRegular(place, meta, [this](int fd) { CopyContent(fd); });
      case FileType::kSymlink:
        return target_.PlaceSymlink(place, meta);
      case FileType::kCharDevice:
      case FileType::kBlockDevice:
      case FileType::kFifo:
        return target_.PlaceSpecial(place, meta);
      case FileType::kSocket:
        return;
    }
  }

  void PlaceDirectory(const FileMeta& meta, const CleanPath& place) {
    target_.MakeDirectories(place, Implied());
    target_.SetDirectory(place, meta);
    target_.SetDirectoryTime(place, meta.mtime);
  }

  // To a file that the archive brought before or that was there already. What the member says of
  // owner, mode and time holds for the file under all its names.
  void PlaceLink(const TarEntry& entry, const CleanPath& place) {
    const CleanPath name = CleanName(entry.hard_link);
    const CleanPath existing =
        name.IsRoot() ? root_ : target_.ResolveBelow(root_, name.Parent()).Child(name.Name());
    target_.CopyUpFile(existing);
    if (!target_.PlaceLink(place, existing)) {
      throw Error(ErrorKind::kCorrupt, "archive member " + Quote(entry.name) + " is a link to " +
                                           Quote(entry.hard_link) +
                                           ", which is not found before it");
    }
    target_.SetFile(place, entry.meta);
  }

  void CopyContent(int fd) {
    std::array<std::byte, kBufferSize> buffer;
    while (const std::size_t count = archive_.content().Read(buffer)) {
      WriteAll(fd, std::span<const std::byte>(buffer).first(count));
    }
  }

  layers::ArchiveReader& archive_;
  UpperWriter& target_;
  const CleanPath root_;
  const std::optional<Owner>& owner_;
  layers::ApplyLimits limits_;
  std::uint64_t entries_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

bool UnpackArchive(const UniqueFd& file, UpperWriter& target, const CleanPath& destination,
                   const UnpackRules& rules) {
  auto archive = layers::ArchiveReader::OpenIfArchive(file);
  if (!archive) return false;
  const CleanPath root = target.Resolve(destination);
  target.MakeDirectories(root, {.mode = 0755, .owner = rules.owner});
  Unpacker unpacker(*archive, target, root, rules.owner);
  unpacker.LimitTo(rules.limit.ForArchive(SizeOf(file)));
  unpacker.Run();
  return true;
}

}  // namespace ibuild::builder
