// From a layer directory to its canonical tar, and so to its name.
//
// A layer directory holds exactly what the layer says: changed and new files with their parent
// directories, overlayfs whiteouts for what is gone. Its tar is a pure function of that directory
// and of the options (sandbox-independent, machine-independent): depth-first, per directory
// whiteouts first, then names in byte order, a directory before its children; USTAR with PAX
// records only where a field does not fit; whole-second times; numeric owners.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "oci/layer_id.h"
#include "support/byte_stream.h"

namespace ibuild::layers {

struct PackOptions {
  // Times after this (seconds since the epoch) become this: SOURCE_DATE_EPOCH.
  std::optional<std::int64_t> latest_mtime;

  friend bool operator==(const PackOptions&, const PackOptions&) = default;
};

struct PackedLayer {
  oci::DiffId diff_id;
  std::uint64_t size = 0;  // of the tar
  PackOptions options;     // needed to make the same tar again
};

// Streams the tar into `sink` (Finish is the caller's) and names it. One read of every file.
PackedLayer PackDirectory(const std::filesystem::path& directory, const PackOptions& options,
                          ByteSink& sink);

}  // namespace ibuild::layers
