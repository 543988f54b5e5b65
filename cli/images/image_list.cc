#include "cli/images/image_list.h"

#include <algorithm>
#include <set>

#include "cli/working/working_container.h"
#include "layers/store/image_parts.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

// What cannot be read is listed under its own digest: somebody must be able to name and remove it.
LocalImage Unreadable(const oci::Descriptor& root) {
  return {.name = {},
          .root = root,
          .manifest = root,
          .content = {.media_type = root.media_type,
                      .artifact_type = {},
                      .config = root,
                      .layers = {},
                      .subject = {},
                      .annotations = {}},
          .config = {}};
}

std::optional<LocalImage> ReadIfPossible(layers::Store& store, const oci::Descriptor& root) {
  try {
    return ReadHostOrAny(store, root);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<ListedImage> List(layers::Store& store, const oci::Descriptor& root) {
  auto image = ReadIfPossible(store, root);
  if (!image && layers::FindMissing(store, root).empty()) return std::nullopt;
  if (!image) image = Unreadable(root);
  ListedImage listed{
      .name = {}, .remote = {}, .image = *std::move(image), .size = 0, .created = {}};
  listed.size = UnpackedSize(store, listed.image);
  listed.created = ParseRfc3339(listed.image.config.created).value_or(UnixTime{});
  return listed;
}

}  // namespace

std::vector<ListedImage> ListImages(layers::Store& store) {
  std::vector<ListedImage> images;
  std::set<oci::Digest> named;
  for (const layers::NamedImage& entry : store.names().List()) {
    if (IsWorkingName(entry.name)) continue;
    auto listed = List(store, entry.descriptor);
    if (!listed) continue;
    listed->name = entry.name;
    listed->image.name = entry.name;
    listed->remote = entry.remote;
    named.insert(listed->image.id());
    images.push_back(*std::move(listed));
  }
  // The same image may be there with a name and other manifests.
  for (const oci::Descriptor& root : store.names().Untagged()) {
    auto listed = List(store, root);
    if (listed && named.insert(listed->image.id()).second) images.push_back(*std::move(listed));
  }
  std::stable_sort(images.begin(), images.end(), [](const ListedImage& a, const ListedImage& b) {
    return a.created.seconds > b.created.seconds;
  });
  return images;
}

std::uint64_t UnpackedSize(layers::Store& store, const LocalImage& image) {
  std::uint64_t size = 0;
  const auto& layers = image.content.layers;
  for (std::size_t i = 0; i < image.config.diff_ids.size(); ++i) {
    if (const auto packed = store.layer_directories().FindPacked(image.config.diff_ids[i])) {
      size += packed->size;
    } else if (i < layers.size()) {
      size += layers[i].size;
    }
  }
  return size;
}

std::string RepositoryName(const oci::Reference& name, bool in_full) {
  if (in_full) return name.repository().ToString();
  const oci::Reference bare(name.repository(), "x", std::nullopt);
  std::string repository = bare.Familiar();
  repository.resize(repository.size() - 2);  // ":x"
  return repository;
}

}  // namespace ibuild::cli
