#include "builder/copy/copy_files.h"

#include <fcntl.h>

#include "builder/copy/file_data.h"
#include "builder/copy/unpack_archive.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

using layers::FileType;

class FileCopier {
 public:
  FileCopier(const CopyRequest& request, UpperWriter& target)
      : request_(request),
        target_(target),
        destination_(CleanPath::Parse(request.destination)),
        wants_directory_(request.destination.ends_with('/') || destination_.IsRoot()) {}

  void operator()(const TreeSelection& selection) {
    for (const SelectedSource& source : selection.sources) {
      TreeCopier copier(*selection.tree, target_, request_.attributes);
      if (source.IsDirectory()) {
        copier.CopyContents(source, target_.Resolve(destination_));
      } else if (!Unpack(*selection.tree, source)) {
        copier.CopyFile(source.root(), PlaceFor(source.name));
      }
    }
  }

  void operator()(const LooseFile& file) {
    UniqueFd content;
    if (!file.path.empty()) content = OpenFile(file.path, O_RDONLY | O_NOFOLLOW);
    if (content && request_.unpack_downloads && UnpackOpenFile(content)) return;
    layers::FileMeta meta = file.meta;
    request_.attributes.ApplyTo(meta);
    target_.PlaceRegular(PlaceFor(file.name), meta, [&](int fd) {
      if (content) {
        CopyFileData(content.get(), fd, meta.size);
      } else {
        WriteAll(fd, file.content);
      }
    });
  }

 private:
  bool Unpack(const SourceTree& tree, const SelectedSource& source) {
    if (!request_.unpack_files || source.root().meta.type != FileType::kRegular) return false;
    bool is_archive = false;
    InContext("unpacking " + source.root().path.Absolute(), [&] {
      tree.ReadRegular(source.root(),
                       [&](const UniqueFd& file) { is_archive = UnpackOpenFile(file); });
    });
    return is_archive;
  }

  bool UnpackOpenFile(const UniqueFd& file) {
    return UnpackArchive(file, target_, destination_,
                         {.owner = request_.attributes.owner, .limit = request_.limit});
  }

  // Where a file called `name` goes; its directory exists afterwards.
  CleanPath PlaceFor(const std::string& name) {
    const CleanPath place =
        wants_directory_ ? target_.Resolve(destination_).Child(name) : PlaceAtDestination(name);
    target_.MakeDirectories(place.Parent(), request_.attributes.ForNewDirectory());
    return place;
  }

  // A destination without a slash: links are followed, a directory takes the file in, anything else
  // is replaced.
  CleanPath PlaceAtDestination(const std::string& name) const {
    const CleanPath place = target_.Resolve(destination_);
    const auto there = target_.Find(place);
    return there && there->type == FileType::kDirectory ? place.Child(name) : place;
  }

  const CopyRequest& request_;
  UpperWriter& target_;
  const CleanPath destination_;
  const bool wants_directory_;
};

}  // namespace

void CopyFiles(const CopyRequest& request, UpperWriter& target) {
  FileCopier copier(request, target);
  for (const PreparedSource& source : request.sources) std::visit(copier, source);
}

void MakeWorkingDirectory(const std::string& path, const std::optional<Owner>& owner,
                          UpperWriter& target) {
  target.MakeDirectories(target.Resolve(CleanPath::Parse(path)), {.mode = 0755, .owner = owner});
}

}  // namespace ibuild::builder
