// An image of what a container has become.
#pragma once

#include <string>

#include "containers/state/container_store.h"
#include "layers/store/store.h"
#include "oci/descriptor.h"

namespace ibuild::containers {

struct CommitOptions {
  std::string author;
  std::string message;
};

// The new image: the container's own, with one more layer. Needs root (of a user namespace), and
// that nobody writes meanwhile. Naming it is the caller's, before the next prune.
oci::Descriptor CommitContainer(layers::Store& store, const Container& container,
                                const CommitOptions& options);

}  // namespace ibuild::containers
