// ChosenFiles: files that a step takes from a context or from another vertex.
//
// What they hold is named by a digest. For a vertex the digest is remembered by the vertex's layers
// and the pattern, so that a cached step neither unpacks nor reads the files it copied.
#pragma once

#include <optional>
#include <string>

#include "builder/copy/copy_files.h"
#include "builder/solve/step.h"
#include "support/error.h"

namespace ibuild::builder {

class ChosenFiles {
 public:
  ChosenFiles(const SolveContext& context, FileInput from, SourcePattern pattern)
      : context_(context), from_(std::move(from)), pattern_(std::move(pattern)) {}

  // Throws kNotFound when a plain path does not exist.
  std::string ContentKey();
  const TreeSelection& Files();
  // Under ContentKey()'s digest, unless that would take files that nobody has looked at.
  void KeepListing();

 private:
  std::string Subject(VertexId vertex) const;
  std::string Digest();
  std::string FindKey();
  void AddContextHint(Error& error) const;

  const SolveContext& context_;
  FileInput from_;
  SourcePattern pattern_;
  std::optional<TreeSelection> files_;
  std::string key_;  // empty: not asked for yet
};

}  // namespace ibuild::builder
