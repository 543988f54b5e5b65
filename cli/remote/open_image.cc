#include "cli/remote/open_image.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/input_file.h"
#include "cli/wiring.h"
#include "layers/archive/directory_source.h"
#include "layers/archive/import_archive.h"
#include "layers/archive/layout_image.h"
#include "layers/store/find_image.h"
#include "oci/media_type.h"
#include "registry/client/registry_client.h"
#include "registry/transfer/registry_source.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

OpenedImage FromRegistry(Wiring& wiring, registry::RegistryClient& client,
                         const ImageLocation& location) {
  const auto source =
      std::make_shared<registry::RegistrySource>(client, location.Name(), wiring.stop());
  return {source, source.get(), source.get(), source->root().descriptor, {source->reference()}};
}

OpenedImage FromStore(Wiring& wiring, const ImageLocation& location) {
  const layers::FoundImage found = layers::FindImage(wiring.store(), location.image);
  OpenedImage image{nullptr, &wiring.store().blobs(), nullptr, found.descriptor, found.names};
  if (found.name) image.names = {*found.name};
  return image;
}

layers::LayoutImage LayoutImageOf(const ImageLocation& location) {
  layers::LayoutImage image{.path = location.path, .tag = {}, .digest = {}};
  if (const auto digest = oci::Digest::TryParse(location.image)) {
    image.digest = digest;
  } else if (!location.image.empty()) {
    image.tag = location.image;
  }
  return image;
}

OpenedImage FromDirectory(const ImageLocation& location) {
  const bool layout = location.kind == PlaceKind::kOciLayout;
  const auto source = std::make_shared<layers::DirectorySource>(
      location.path,
      layout ? layers::DirectorySource::Form::kLayout : layers::DirectorySource::Form::kPlain);
  std::vector<oci::Descriptor> roots = source->Roots();
  oci::Descriptor root =
      layout ? layers::ChooseLayoutImage(LayoutImageOf(location), std::move(roots)) : roots.front();
  root.annotations.clear();  // they were about the layout's entry
  return {source, source.get(), nullptr, std::move(root), {}};
}

// "@2" is the third image of an archive, whatever its names.
std::optional<std::size_t> PlaceInArchive(std::string_view image) {
  if (!image.starts_with('@')) return std::nullopt;
  const auto place = ParseUnsigned(image.substr(1));
  return place ? std::optional(static_cast<std::size_t>(*place)) : std::nullopt;
}

bool IsNamed(const layers::ImportedImage& image, const std::string& wanted) {
  return std::any_of(image.names.begin(), image.names.end(), [&](const oci::Reference& name) {
    return name.ToString() == wanted || name.Familiar() == wanted ||
           name == oci::Reference::Parse(wanted);
  });
}

// A tar is read once; what is needed of it is kept in the store, under no name.
OpenedImage FromArchive(Wiring& wiring, ImageLocation location) {
  layers::Store& store = wiring.store();
  const InputFile archive(store, location.path);
  location.path = archive.path();
  if (location.kind == PlaceKind::kOciArchive) {
    return {nullptr,
            &store.blobs(),
            nullptr,
            layers::ImportLayoutImage(store, LayoutImageOf(location), wiring.reporter()),
            {}};
  }
  auto images = layers::ReadArchive(store, location.path, wiring.reporter());
  if (const auto place = PlaceInArchive(location.image)) {
    images = *place < images.size() ? std::vector{images[*place]} : decltype(images)();
  } else if (!location.image.empty()) {
    std::erase_if(images, [&](const auto& image) { return !IsNamed(image, location.image); });
  }
  if (images.size() != 1) {
    throw Error(images.empty() ? ErrorKind::kNotFound : ErrorKind::kUsage,
                fmt::format("{} holds {} images{}", location.path.native(), images.size(),
                            location.image.empty() ? "" : " named " + Quote(location.image)))
        .WithHint("name one: docker-archive:FILE:NAME");
  }
  return {nullptr, &store.blobs(), nullptr, images.front().descriptor, images.front().names};
}

}  // namespace

OpenedImage OpenImage(Wiring& wiring, registry::RegistryClient& client,
                      const ImageLocation& location) {
  switch (location.kind) {
    case PlaceKind::kRegistry:
      return FromRegistry(wiring, client, location);
    case PlaceKind::kStore:
      return FromStore(wiring, location);
    case PlaceKind::kOciLayout:
    case PlaceKind::kDirectory:
      return FromDirectory(location);
    case PlaceKind::kOciArchive:
    case PlaceKind::kDockerArchive:
      return FromArchive(wiring, location);
  }
  throw Error(ErrorKind::kInternal, "a place without a way to it");
}

oci::ManifestOrIndex ReadDocument(oci::BlobSource& blobs, const oci::Descriptor& root) {
  return oci::ParseManifest(oci::ReadBlob(blobs, root), root.media_type,
                            "manifest " + root.digest.ToString());
}

ReadImageParts ReadOneImage(oci::BlobSource& blobs, const oci::Descriptor& root,
                            const oci::Platform& platform) {
  oci::Descriptor descriptor = root;
  oci::ManifestOrIndex document = ReadDocument(blobs, root);
  constexpr int kMostNesting = 4;
  for (int nesting = 0; std::holds_alternative<oci::Index>(document); ++nesting) {
    if (nesting == kMostNesting) {
      throw Error(ErrorKind::kInvalidInput, "indexes are nested too deep");
    }
    descriptor = oci::ChoosePlatform(std::get<oci::Index>(document), platform,
                                     "index " + root.digest.Short());
    document = ReadDocument(blobs, descriptor);
  }
  auto manifest = std::get<oci::Manifest>(std::move(document));
  if (!oci::IsConfigType(manifest.config.media_type)) {
    const std::string& type = manifest.artifact_type;
    throw Error(ErrorKind::kUnsupported,
                fmt::format("{} is no container image but {}", descriptor.digest.ToString(),
                            Quote(type.empty() ? manifest.config.media_type : type)));
  }
  std::string text = oci::ReadBlob(blobs, manifest.config);
  oci::ImageConfig config =
      oci::ParseImageConfig(text, "configuration " + manifest.config.digest.Short());
  return {std::move(descriptor), std::move(manifest), std::move(text), std::move(config)};
}

}  // namespace ibuild::cli
