// UploadNote: where an upload goes on, kept for the process that comes after this one: a file with
// the session's Location, gone when the upload is done.
//
// The file is locked while somebody is at it; whoever finds it locked, or cannot write it, uploads
// without a note. What is noted is a hint: a registry that no longer knows the session says so.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "oci/reference.h"
#include "registry/http/url.h"
#include "support/fd.h"

namespace ibuild::registry {

class UploadNote {
 public:
  // `content` tells the bytes: a digest, or how they come to be when that is not known yet.
  // Nothing is kept when `directory` is empty or its parent does not exist.
  UploadNote(const std::filesystem::path& directory, const oci::Repository& repository,
             std::string_view content);
  UploadNote(const UploadNote&) = delete;
  UploadNote& operator=(const UploadNote&) = delete;
  ~UploadNote();  // one with nothing in it does not stay

  bool active() const { return bool(file_); }
  std::optional<Url> Read() const;
  void Write(const Url& location);
  // The same upload is about this content from now on. May run beside Write.
  void Rename(std::string_view content);
  void Remove();

 private:
  std::filesystem::path PathOf(std::string_view content) const;
  void Open(const std::filesystem::path& path);

  std::filesystem::path directory_;
  std::string repository_;
  std::filesystem::path path_;  // empty: somebody else has the note, or nobody can
  UniqueFd file_;
};

}  // namespace ibuild::registry
