// ArchiveReader: the members of a tar that somebody gave us, plain or compressed with gzip, bzip2,
// xz or zstd, recognised by its content and never by its name.
//
// libarchive undoes the compression; the tar itself is read by TarReader, so that what ADD unpacks
// passes the same checks as a layer. Errors are kCorrupt and kUnsupported as there.
#pragma once

#include <memory>
#include <optional>

#include "layers/tar/entry.h"
#include "layers/tar/reader.h"
#include "support/byte_stream.h"
#include "support/fd.h"

namespace ibuild::layers {

class ArchiveReader {
 public:
  // `file`: a regular file open for reading; read from its start. Nothing when it is no tar: then
  // the caller still has its own descriptor and copies the file as it is. An empty tar is none.
  static std::optional<ArchiveReader> OpenIfArchive(const UniqueFd& file);

  std::optional<TarEntry> Next() { return tar_->Next(); }
  ByteSource& content() { return tar_->content(); }

 private:
  explicit ArchiveReader(std::unique_ptr<ByteSource> plain);

  std::unique_ptr<ByteSource> plain_;
  std::unique_ptr<TarReader> tar_;
};

}  // namespace ibuild::layers
