#include "builder/solve/source_time.h"

#include <fcntl.h>

#include <algorithm>

#include "builder/solve/download.h"
#include "builder/solve/remote_repository.h"
#include "layers/tar/archive_reader.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

std::optional<std::int64_t> NewestMember(const UniqueFd& file) {
  auto archive = layers::ArchiveReader::OpenIfArchive(file);
  std::optional<std::int64_t> newest;
  while (archive) {
    const auto entry = archive->Next();
    if (!entry) break;
    if (entry->meta.type != layers::FileType::kRegular || entry->is_hard_link) continue;
    newest = std::max(newest.value_or(entry->meta.mtime.seconds), entry->meta.mtime.seconds);
  }
  return newest;
}

struct TimeFinder {
  const RemoteAccess& access;

  std::optional<std::int64_t> operator()(const ContextTime& context) const {
    if (context.name.empty()) return access.request.context.made_at;
    return access.request.named_contexts.at(context.name).made_at;
  }
  std::optional<std::int64_t> operator()(const UrlSource& source) const {
    const LooseFile file = FetchRemoteFile(access, source).File();
    if (file.meta.mtime.seconds != 0) return file.meta.mtime.seconds;
    return NewestMember(OpenFile(file.path, O_RDONLY | O_NOFOLLOW));
  }
  std::optional<std::int64_t> operator()(const GitSource& source) const {
    return RemoteRepository(access, source).Time();
  }
};

}  // namespace

std::optional<std::int64_t> FindSourceTime(const RemoteAccess& access, const EpochSource& source) {
  return std::visit(TimeFinder{access}, source);
}

}  // namespace ibuild::builder
