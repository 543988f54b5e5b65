// An image of what a container has become.
#pragma once

#include <optional>
#include <string>

#include "containers/state/container_store.h"
#include "layers/store/store.h"
#include "oci/digest.h"
#include "oci/reference.h"

namespace ibuild::containers {

struct CommitOptions {
  std::optional<oci::Reference> name;
  std::string author;
  std::string message;
};

// The id of the new image: the container's own, with one more layer. Needs root (of a user
// namespace), and that nobody writes meanwhile. Throws kUnsupported without a name.
oci::Digest CommitContainer(layers::Store& store, const Container& container,
                            const CommitOptions& options);

}  // namespace ibuild::containers
