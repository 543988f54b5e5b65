// ProducedSource: turns work that writes (packing, decompressing) into a stream that is read.
//
// The work runs on a thread of its own, at most a few blocks ahead of the reader, so that both
// sides of the stream use a core. An error of the work is thrown to the reader in place of the
// end. Destroying the source before its end stops the work at its next write.
#pragma once

#include <functional>
#include <memory>

#include "support/byte_stream.h"

namespace ibuild::layers {

// `produce` writes everything to the sink and returns; it must not call Finish.
std::unique_ptr<ByteSource> ProduceInBackground(std::function<void(ByteSink&)> produce);

}  // namespace ibuild::layers
