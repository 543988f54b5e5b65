// buildah's working containers: images in the making, each with a name of its own.
//
// A working container is an image of the store under a name that `images` does not show
// (working.ibuild/NAME); what it was made from stands beside that name. Every change makes the next
// image out of it: a step of a build, or an edited configuration. Nothing runs between two
// commands, so there is nothing to unmount or to leave behind.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/wiring.h"
#include "layers/store/store.h"

namespace ibuild::cli {

// The image that a container was made from; empty for `scratch`.
struct WorkingBase {
  std::string name;    // in full
  std::string id;      // of its configuration, in 64 digits
  std::string digest;  // of its manifest, "sha256:…"
};

struct WorkingContainer {
  std::string name;
  oci::Descriptor image;
  WorkingBase base = {};

  // As buildah makes them: a digest of the name, in 64 digits.
  std::string Id() const;
};

// Is the store's name one of a working container?
bool IsWorkingName(const oci::Reference& name);

class WorkingContainers {
 public:
  explicit WorkingContainers(layers::Store& store) : store_(store) {}

  std::vector<WorkingContainer> List() const;
  // By its name or the beginning of its id. Throws kNotFound.
  WorkingContainer Find(std::string_view name) const;
  std::optional<WorkingContainer> LookUp(std::string_view name) const;
  // "alpine-working-container", with a number where that is taken.
  std::string FreeName(std::string_view base) const;
  void Set(const WorkingContainer& container);
  void Remove(const WorkingContainer& container);

 private:
  layers::Store& store_;
};

}  // namespace ibuild::cli
