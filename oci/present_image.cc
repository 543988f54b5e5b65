#include "oci/present_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "oci/manifest.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::oci {
namespace {

constexpr int kMostNesting = 4;

ManifestOrIndex ReadDocument(BlobSource& source, const Descriptor& descriptor) {
  return ParseManifest(ReadBlob(source, descriptor), descriptor.media_type,
                       "manifest " + descriptor.digest.ToString());
}

// The document with everything that it names; foreign layers are had from elsewhere.
// NOLINTNEXTLINE(misc-no-recursion): kMostNesting bounds it
bool IsComplete(BlobSource& source, const Descriptor& descriptor, int nesting) {
  if (nesting > kMostNesting || !source.Has(descriptor.digest)) return false;
  if (!IsManifestType(descriptor.media_type) && !IsIndexType(descriptor.media_type)) return true;
  const ManifestOrIndex document = ReadDocument(source, descriptor);
  if (const auto* index = std::get_if<Index>(&document)) {
    return std::all_of(
        index->manifests.begin(), index->manifests.end(),
        [&](const Descriptor& child) { return IsComplete(source, child, nesting + 1); });
  }
  const auto& manifest = std::get<Manifest>(document);
  return source.Has(manifest.config.digest) &&
         std::all_of(manifest.layers.begin(), manifest.layers.end(), [&](const auto& layer) {
           return IsForeignLayerType(layer.media_type) || source.Has(layer.digest);
         });
}

std::string ListPlatforms(const std::vector<Descriptor>& images) {
  std::vector<std::string> names;
  for (const Descriptor& image : images) {
    names.push_back(image.platform ? image.platform->ToString() : image.digest.Short());
  }
  return Join(names, ", ");
}

Error PartlyHere(const Index& index, const Descriptor& root, const std::vector<Descriptor>& here) {
  Error error(ErrorKind::kNotFound,
              fmt::format("of the {} parts of index {}, {} are in the store{}{}",
                          index.manifests.size(), root.digest.ToString(), here.size(),
                          here.empty() ? "" : ": ", ListPlatforms(here)));
  error.AddHint(here.empty()
                    ? "pull it first"
                    : "name one with `--platform`, or pull all with `--all-platforms` first");
  return error;
}

}  // namespace

Descriptor ChoosePresent(BlobSource& source, const Descriptor& root, const ImagePart& part) {
  if (!IsIndexType(root.media_type)) return root;
  const ManifestOrIndex document = ReadDocument(source, root);
  const auto* index = std::get_if<Index>(&document);
  if (index == nullptr) return root;
  if (part.platform) {
    const Descriptor& chosen =
        ChoosePlatform(*index, *part.platform, "index " + root.digest.Short());
    if (source.Has(chosen.digest)) return chosen;
    throw Error(ErrorKind::kNotFound,
                fmt::format("the image for {} is not in the store", part.platform->ToString()))
        .WithHint(fmt::format("pull it with `--platform {}` first", part.platform->ToString()));
  }
  std::vector<Descriptor> here;
  for (const Descriptor& child : index->manifests) {
    if (source.Has(child.digest)) here.push_back(child);
  }
  if (here.size() == index->manifests.size()) return root;
  std::erase_if(here, [](const Descriptor& child) { return !IsImageEntry(child); });
  // Of some only what they are made for may be known, as of a base that was looked up.
  if (here.size() > 1) {
    std::erase_if(here, [&](const Descriptor& child) { return !IsComplete(source, child, 1); });
  }
  if (part.all || here.size() != 1) throw PartlyHere(*index, root, here);
  return here.front();
}

}  // namespace ibuild::oci
