// LinkedParents: the directories of a base that a COPY --link goes into.
//
// The layer of such a copy does not depend on what lies below it, but it must name the directories
// on the way to its files, and whoever mounts it sees what it says of them. So they are taken as
// the base has them, and what decides that is part of the key: the copy is used again on every base
// where these directories have the same mode and owner.
#pragma once

#include <filesystem>
#include <string>

#include "builder/solve/step.h"

namespace ibuild::builder {

class LinkedParents {
 public:
  // `destination`: absolute. Links are not followed: a linked copy replaces them.
  LinkedParents(const SolveContext& context, VertexId base, const std::string& destination);

  // Mode, owner and attributes of each; remembered by the base's layers, so that a cached step does
  // not look into the base.
  std::string Description() const;
  // Makes them, and nothing else, in an empty directory.
  void LayOut(const std::filesystem::path& directory) const;

 private:
  std::string Describe() const;

  const SolveContext& context_;
  const VertexId base_;
  const CleanPath destination_;
};

}  // namespace ibuild::builder
