#include "layers/store/tree_size.h"

#include <fts.h>
#include <sys/stat.h>

#include <memory>
#include <set>
#include <string>
#include <utility>

namespace ibuild::layers {
namespace {

constexpr std::uint64_t kBlock = 512;  // st_blocks counts these (stat(2))

struct CloseWalk {
  void operator()(FTS* walk) const { ::fts_close(walk); }
};

}  // namespace

std::uint64_t SizeOnDisk(const std::filesystem::path& path) {
  std::string root = path.native();
  char* const roots[] = {root.data(), nullptr};
  const std::unique_ptr<FTS, CloseWalk> walk(
      ::fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, nullptr));
  std::set<std::pair<dev_t, ino_t>> linked;
  std::uint64_t bytes = 0;
  while (walk != nullptr) {
    const FTSENT* const entry = ::fts_read(walk.get());
    if (entry == nullptr) break;
    if (entry->fts_info == FTS_DP || entry->fts_info == FTS_NS) continue;  // seen, or no stat
    const struct stat& info = *entry->fts_statp;
    if (info.st_nlink > 1 && !S_ISDIR(info.st_mode) &&
        !linked.emplace(info.st_dev, info.st_ino).second) {
      continue;
    }
    bytes += static_cast<std::uint64_t>(info.st_blocks) * kBlock;
  }
  return bytes;
}

}  // namespace ibuild::layers
