// Moves the content of one open file into another by the cheapest way that the kernel offers:
// shared blocks (FICLONE), a copy inside the kernel, or plain reads and writes; holes stay holes.
#pragma once

#include <cstdint>

namespace ibuild::builder {

// Both at offset 0, `to` empty; `size`: what stat(2) said of `from`. Throws kInvalidInput when the
// file turns out shorter or longer, since somebody is changing it.
void CopyFileData(int from, int to, std::uint64_t size);

}  // namespace ibuild::builder
