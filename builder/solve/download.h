// A file that ADD takes from a URL.
//
// The server is asked in each build, also in one without cache, whether it still has what the store
// has from an earlier build (RFC 9110 13.1: If-None-Match with its ETag, else If-Modified-Since
// with a time that is old enough to tell changes apart); only what changed is read again. A URL
// with a checksum that is in the store is not asked about. What came is named by its content.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "builder/copy/copy_files.h"
#include "builder/graph/op.h"
#include "builder/solve/remote_access.h"
#include "layers/store/store.h"
#include "oci/descriptor.h"

namespace ibuild::builder {

class RemoteFile {
 public:
  // `modified`: seconds; what the server says, else 1970.
  RemoteFile(layers::Store& store, std::string name, oci::Descriptor content, std::int64_t modified)
      : store_(store), name_(std::move(name)), content_(std::move(content)), modified_(modified) {}

  std::string ContentKey() const;
  // Throws kCorrupt when the store's copy was damaged; the next build reads it anew.
  LooseFile File() const;

 private:
  layers::Store& store_;
  std::string name_;
  oci::Descriptor content_;
  std::int64_t modified_;
};

// What the URL holds now, in the store. Throws what BuildPorts::fetch_url throws; kInvalidInput
// `digest mismatch sha256:A: sha256:B`.
RemoteFile FetchRemoteFile(const RemoteAccess& access, const UrlSource& source);

}  // namespace ibuild::builder
