#include "layers/diff/same_file.h"

#include <array>
#include <cstring>
#include <vector>

#include "support/fd.h"

namespace ibuild::layers {
namespace {

constexpr std::size_t kChunk = 64 << 10;

bool HasSameStat(const FileMeta& a, const FileMeta& b) {
  const bool same = a.type == b.type && a.mode == b.mode && a.uid == b.uid && a.gid == b.gid &&
                    a.size == b.size && a.device == b.device && a.link_target == b.link_target;
  return same && (a.type == FileType::kDirectory || a.mtime == b.mtime);
}

bool HasSameContent(int a, int b) {
  std::vector<std::byte> chunk_a(kChunk);
  std::vector<std::byte> chunk_b(kChunk);
  for (;;) {
    const std::size_t size = ReadUpTo(a, chunk_a);
    if (size != ReadUpTo(b, chunk_b)) return false;
    if (size == 0) return true;
    if (std::memcmp(chunk_a.data(), chunk_b.data(), size) != 0) return false;
  }
}

}  // namespace

bool IsSameFile(const LayeredTree& a, const TreeNode& node_a, const LayeredTree& b,
                const TreeNode& node_b) {
  if (!HasSameStat(node_a.meta, node_b.meta)) return false;
  if (a.ReadXattrs(node_a) != b.ReadXattrs(node_b)) return false;
  const bool doubtful = node_a.meta.type == FileType::kRegular && node_a.meta.size > 0 &&
                        node_a.meta.mtime.nanoseconds == 0;
  return !doubtful || HasSameContent(a.OpenRegular(node_a).get(), b.OpenRegular(node_b).get());
}

}  // namespace ibuild::layers
