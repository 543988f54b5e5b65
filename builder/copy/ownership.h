// Who owns what COPY, ADD and WORKDIR make: `user[:group]` as text, looked up in the image.
//
//   5 -> 5:5    5: -> 5:0    :g -> 0:g    name -> its uid and primary gid    name: -> its uid and 0
//
// Numbers are never looked up. Names are read from the /etc/passwd and /etc/group of the tree that
// is copied into, which the image wrote: regular files of at most 10 MiB, links resolved inside the
// tree, lines that make no sense passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layers/tree/layered_tree.h"

namespace ibuild::builder {

struct Owner {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;

  friend bool operator==(const Owner&, const Owner&) = default;
};

struct OwnerLookup {
  Owner owner;
  std::vector<std::string> unknown_names;  // taken as 0, as Docker does
};

// Throws kInvalidInput for a number that is no id.
OwnerLookup LookUpOwner(std::string_view text, const layers::LayeredTree& image);

}  // namespace ibuild::builder
