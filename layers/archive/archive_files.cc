#include "layers/archive/archive_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <map>

#include "layers/tar/archive_reader.h"
#include "support/error.h"
#include "support/files.h"
#include "support/rooted_dir.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr std::size_t kMaxFiles = 100'000;
constexpr int kMaxLinks = 8;

class DirectoryFiles final : public ArchiveFiles {
 public:
  DirectoryFiles(Store& store, const std::filesystem::path& directory)
      : store_(store), root_(RootedDir::Open(directory.native())) {}

  std::optional<std::string> Read(const CleanPath& path, std::size_t limit) override {
    const auto file = Open(path);
    if (!file) return std::nullopt;
    return InContext(path.text(), [&] { return ReadAll(file->get(), limit); });
  }

  std::optional<oci::Descriptor> Keep(const CleanPath& path) override {
    auto file = Open(path);
    if (!file) return std::nullopt;
    const auto writer = store_.NewBlob();
    FdSource source(std::move(*file));
    Copy(source, *writer);
    writer->Finish();
    writer->Publish();
    return writer->Describe({});
  }

 private:
  // O_NONBLOCK: a FIFO in the directory must not make us wait for its writer.
  std::optional<UniqueFd> Open(const CleanPath& path) {
    auto file = root_.OpenIfExists(path, O_RDONLY | O_NONBLOCK);
    struct stat info;
    if (!file || ::fstat(file->get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
    return file;
  }

  Store& store_;
  RootedDir root_;
};

// A tar is read once, front to back, while what is needed from it is known only at its end
// (index.json and manifest.json come last). So every file is staged as a blob, and those that
// prove to be needed are published.
class TarFiles final : public ArchiveFiles {
 public:
  TarFiles(Store& store, ArchiveReader archive) {
    while (const auto entry = archive.Next()) Add(store, *entry, archive.content());
  }

  std::optional<std::string> Read(const CleanPath& path, std::size_t limit) override {
    const BlobWriter* const file = Find(path);
    if (file == nullptr) return std::nullopt;
    return InContext(path.text(), [&] { return file->ReadBack(limit); });
  }

  std::optional<oci::Descriptor> Keep(const CleanPath& path) override {
    BlobWriter* const file = Find(path);
    if (file == nullptr) return std::nullopt;
    file->Publish();
    return file->Describe({});
  }

 private:
  void Add(Store& store, const TarEntry& entry, ByteSource& content) {
    if (files_.size() + links_.size() >= kMaxFiles) {
      throw Error(ErrorKind::kResourceExhausted,
                  fmt::format("the archive has more than {} members", kMaxFiles));
    }
    const CleanPath path = CleanPath::Parse(entry.name);
    if (entry.is_hard_link) {
      links_[path] = CleanPath::Parse(entry.hard_link);
    } else if (entry.meta.type == FileType::kSymlink) {
      // Old archives of Docker link equal layers ("../<id>/layer.tar").
      const bool absolute = entry.meta.link_target.starts_with('/');
      links_[path] = absolute ? CleanPath::Parse(entry.meta.link_target)
                              : path.Parent().Join(entry.meta.link_target);
    } else if (entry.meta.type == FileType::kRegular) {
      auto writer = store.NewBlob();
      Copy(content, *writer);
      writer->Finish();
      links_.erase(path);
      files_.insert_or_assign(path, std::move(writer));
    }
  }

  BlobWriter* Find(CleanPath path) {
    for (int followed = 0; followed < kMaxLinks; ++followed) {
      const auto link = links_.find(path);
      if (link == links_.end()) break;
      path = link->second;
    }
    const auto file = files_.find(path);
    return file == files_.end() ? nullptr : file->second.get();
  }

  std::map<CleanPath, std::unique_ptr<BlobWriter>> files_;
  std::map<CleanPath, CleanPath> links_;
};

}  // namespace

std::unique_ptr<ArchiveFiles> OpenArchiveFiles(Store& store, const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return std::make_unique<DirectoryFiles>(store, path);
  const UniqueFd file = OpenFile(path, O_RDONLY);
  auto archive = ArchiveReader::OpenIfArchive(file);
  if (!archive) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} is not an image archive: it is no tar", path.native()));
  }
  return std::make_unique<TarFiles>(store, std::move(*archive));
}

}  // namespace ibuild::layers
