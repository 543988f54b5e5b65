#include "cli/images/prune_images.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "containers/state/container_store.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

// Nothing for an id, which is no name of the image.
std::optional<oci::Reference> NameIn(const std::string& text) {
  try {
    return oci::Reference::Parse(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// What the containers of a store need of its images: of each that one was made from, the name that
// was given, or else one of its names.
class UsedImages {
 public:
  UsedImages(layers::Store& store, const std::vector<ListedImage>& all) {
    std::map<std::string, std::set<std::string>> given;  // names by image id
    for (const auto& container : containers::ContainerStore(store).List()) {
      const auto name = NameIn(container.config.process.image);
      given[container.config.image_id].insert(name ? name->ToString() : "");
    }
    for (const auto& [id, names] : given) Keep(id, names, all);
  }

  bool Need(const ListedImage& image) const {
    const std::string id = image.image.id().ToString();
    return image.name ? names_.contains(image.name->ToString()) : ids_.contains(id);
  }

 private:
  void Keep(const std::string& id, const std::set<std::string>& given,
            const std::vector<ListedImage>& all) {
    ids_.insert(id);
    bool found = false;
    std::string other;
    for (const ListedImage& image : all) {
      if (!image.name || image.image.id().ToString() != id) continue;
      const std::string name = image.name->ToString();
      if (other.empty()) other = name;
      if (!given.contains(name)) continue;
      names_.insert(name);
      found = true;
    }
    if (!found && !other.empty()) names_.insert(other);
  }

  std::set<std::string> ids_;
  std::set<std::string> names_;
};

}  // namespace

std::string PruneImages(const std::filesystem::path& root, const ImageFilter& filter, bool named) {
  // Closed before anything is swept: what it has looked at stays as long as it is open.
  layers::Store store = layers::Store::Open(root);
  const std::vector<ListedImage> all = ListImages(store);
  const UsedImages used(store, all);
  std::string lines;
  for (const ListedImage& image : filter.Apply(all, Now())) {
    if ((image.name && !named) || used.Need(image)) continue;
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
