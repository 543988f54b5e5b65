#include "cli/images/prune_images.h"

#include <fmt/format.h>

namespace ibuild::cli {

std::string PruneImages(const std::filesystem::path& root, const ImageFilter& filter, bool named) {
  // Closed before anything is swept: what it has looked at stays as long as it is open.
  layers::Store store = layers::Store::Open(root);
  std::string lines;
  for (const ListedImage& image : filter.Apply(ListImages(store), Now())) {
    if (image.name && !named) continue;
    if (image.name && store.names().Remove(*image.name)) {
      lines += fmt::format("untagged: {}\n", image.name->Familiar());
    }
    if (!image.name && store.names().RemoveUntagged(image.image.root.digest)) {
      lines += fmt::format("deleted: {}\n", image.image.id().ToString());
    }
  }
  return lines;
}

}  // namespace ibuild::cli
