// From what --cache-from and --cache-to say to the things that a build works with, and back from
// what the store remembers of a cache to the layers in it.
#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "builder/cache/cache_export.h"
#include "builder/cache/shared_caches.h"
#include "cli/building/cache_spec.h"
#include "cli/wiring.h"

namespace ibuild::cli {

// The caches to read, asked; null when there are none. A file of keys that cannot be read is the
// user's mistake and throws.
std::unique_ptr<builder::SharedCaches> ReadCaches(Wiring& wiring,
                                                  const std::vector<CacheSpec>& specs);
std::unique_ptr<builder::CacheExport> WriteCaches(Wiring& wiring,
                                                  const std::vector<CacheSpec>& specs,
                                                  builder::SharedCaches* known);

// Null: it has been said why there is none.
std::shared_ptr<oci::SharedCache> OpenCache(Wiring& wiring, const CacheSpec& spec,
                                            std::stop_token stop);

// A layer of an earlier build that only a cache has: fetched into the store, then opened. Null when
// the store knows nothing of it.
std::unique_ptr<ByteSource> OpenFromOrigin(Wiring& wiring, const oci::Descriptor& descriptor);

// The repositories of caches that hold layers of the build's images and that an image pushed to
// `host` may take them from.
std::vector<oci::Repository> CacheRepositories(const std::vector<CacheSpec>& specs);

}  // namespace ibuild::cli
