// Reading what the store holds: nothing unverified leaves it, and what proves to be wrong is set
// aside (moved to the trash), so that it can be fetched or made again.
#pragma once

#include <filesystem>
#include <memory>

#include "layers/store/store_layout.h"
#include "oci/descriptor.h"
#include "support/byte_stream.h"

namespace ibuild::layers {

// `content` checked against `descriptor`; at the first proof that it differs `origin`, the file or
// directory that it comes from, goes to the trash and kCorrupt is thrown with a hint.
std::unique_ptr<ByteSource> OpenVerified(const StoreLayout& layout, std::filesystem::path origin,
                                         std::unique_ptr<ByteSource> content,
                                         const oci::Descriptor& descriptor);

}  // namespace ibuild::layers
