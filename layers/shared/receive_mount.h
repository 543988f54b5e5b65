// From what travelled back to a cache mount's directory.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "layers/shared/mount_index.h"
#include "support/byte_stream.h"

namespace ibuild::layers {

struct MountToReceive {
  std::filesystem::path directory;  // nobody else may use it meanwhile
  std::filesystem::path scratch;    // a directory for packs, ours alone
  bool is_new = false;              // there is nothing in it, and it has no mode and owner yet
};

// May be called from several threads.
using OpenPack = std::function<std::unique_ptr<ByteSource>(const oci::Descriptor&)>;

struct ReceivedMount {
  std::size_t files = 0;    // that were placed
  std::uint64_t bytes = 0;  // that were fetched
};

// Of a file that is here, too, the newer one stays; the packs of files that are not placed are not
// fetched. Throws Error; what was placed until then stays.
ReceivedMount ReceiveMount(const MountIndex& index, const MountToReceive& mount,
                           const OpenPack& open);

}  // namespace ibuild::layers
