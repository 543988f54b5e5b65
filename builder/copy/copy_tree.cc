#include "builder/copy/copy_tree.h"

#include "builder/copy/file_data.h"
#include "support/error.h"

namespace ibuild::builder {

using layers::FileMeta;
using layers::FileType;

NewDirectory CopyAttributes::ForNewDirectory() const {
  NewDirectory directory;
  directory.owner = owner;
  if (mode) directory.mode = mode->ForNewParent();
  return directory;
}

void CopyAttributes::ApplyTo(FileMeta& meta) const {
  if (owner) {
    meta.uid = owner->uid;
    meta.gid = owner->gid;
  }
  if (mode && meta.type != FileType::kSymlink) {
    meta.mode = mode->Apply(meta.mode, meta.type == FileType::kDirectory);
  }
}

FileMeta TreeCopier::MetaOf(const SourceEntry& entry) const {
  FileMeta meta = entry.meta;
  if (meta.type == FileType::kRegular || meta.type == FileType::kDirectory) {
    meta.xattrs = from_.ReadXattrs(entry);
  }
  attributes_.ApplyTo(meta);
  return meta;
}

void TreeCopier::CopyFile(const SourceEntry& file, const CleanPath& destination) {
  InContext("copying " + file.path.Absolute(), [&] { Place(file, destination); });
}

void TreeCopier::CopyContents(const SelectedSource& directory, const CleanPath& destination) {
  const auto there = to_.Find(destination);
  if (there && there->type != FileType::kDirectory) {
    throw Error(ErrorKind::kInvalidInput,
                "cannot copy to non-directory: " + destination.Absolute());
  }
  to_.MakeDirectories(destination, attributes_.ForNewDirectory());
  for (auto file = ++directory.files.begin(); file != directory.files.end(); ++file) {
    const CleanPath path = destination.Join(directory.RelativePath(*file));
    InContext("copying " + file->entry.path.Absolute(), [&] {
      if (file->entry.meta.type == FileType::kDirectory) {
        PlaceDirectory(*file, path);
      } else {
        Place(file->entry, path);
      }
    });
  }
  to_.SetDirectoryTime(destination, directory.root().meta.mtime);
}

void TreeCopier::PlaceDirectory(const SelectedFile& file, const CleanPath& destination) {
  const auto there = to_.Find(destination);
  if (there && there->type != FileType::kDirectory) {
    throw Error(ErrorKind::kInvalidInput,
                "cannot copy to non-directory: " + destination.Absolute());
  }
  const FileMeta meta = MetaOf(file.entry);
  if (!there) {
    to_.MakeDirectories(destination, {.mode = meta.mode,
                                      .owner = Owner{.uid = meta.uid, .gid = meta.gid},
                                      .inherits_set_gid = false});
  }
  if (there || !meta.xattrs.empty()) to_.SetDirectory(destination, meta);
  if (!file.implied) to_.SetDirectoryTime(destination, meta.mtime);
}

bool TreeCopier::PlaceAsLink(const SourceEntry& entry, const CleanPath& destination) {
  // As Docker: several names of a symbolic link, fifo or device become several of them.
  if (entry.link_count < 2 || entry.meta.type != FileType::kRegular) return false;
  const auto [it, first] = links_.try_emplace(std::pair(entry.volume, entry.inode), destination);
  if (first) return false;
  if (to_.PlaceLink(destination, it->second)) return true;
  it->second = destination;
  return false;
}

void TreeCopier::Place(const SourceEntry& entry, const CleanPath& destination) {
  if (PlaceAsLink(entry, destination)) return;
  switch (entry.meta.type) {
    case FileType::kRegular:
      return to_.PlaceRegular(destination, MetaOf(entry), [&](int to) {
        from_.ReadRegular(
            entry, [&](const UniqueFd& from) { CopyFileData(from.get(), to, entry.meta.size); });
      });
    case FileType::kSymlink:
      return to_.PlaceSymlink(destination, MetaOf(entry));
    case FileType::kFifo:
    case FileType::kCharDevice:
    case FileType::kBlockDevice:
      return to_.PlaceSpecial(destination, MetaOf(entry));
    case FileType::kSocket: {  // layers do not carry them: Docker leaves an empty file
      FileMeta meta = MetaOf(entry);
      meta.type = FileType::kRegular;
      return to_.PlaceRegular(destination, meta, [](int) {});
    }
    case FileType::kDirectory:
      throw Error(ErrorKind::kInternal, entry.path.Absolute() + " is a directory");
  }
}

}  // namespace ibuild::builder
