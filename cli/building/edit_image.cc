#include "cli/building/edit_image.h"

#include <algorithm>
#include <functional>

#include "builder/assemble/image_assembler.h"
#include "layers/archive/rootfs_export.h"
#include "oci/media_type.h"
#include "support/environment.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

struct Parts {
  oci::Manifest manifest;
  oci::ImageConfig config;
};

Parts Read(layers::Store& store, const builder::BuiltImage& image) {
  const std::string what = "the image that was built";
  const auto document = oci::ParseManifest(oci::ReadBlob(store.blobs(), image.manifest),
                                           image.manifest.media_type, what);
  return {std::get<oci::Manifest>(document),
          oci::ParseImageConfig(oci::ReadBlob(store.blobs(), image.config), what)};
}

builder::BuiltImage Write(layers::Store& store, const builder::BuiltImage& image, Parts parts) {
  builder::BuiltImage written = image;
  written.config =
      oci::PutBlob(store.blobs(), parts.manifest.config.media_type, oci::Serialize(parts.config));
  parts.manifest.config = written.config;
  written.manifest =
      oci::PutBlob(store.blobs(), parts.manifest.media_type, oci::Serialize(parts.manifest));
  written.manifest.platform = image.platform;
  written.layers = parts.config.diff_ids;
  return written;
}

// The same for every image, and an index over them where there was one.
builder::BuildResult ForEach(
    layers::Store& store, builder::BuildResult result,
    const std::function<void(const builder::BuiltImage&, Parts&)>& change) {
  std::vector<oci::Descriptor> manifests;
  for (builder::BuiltImage& image : result.images) {
    Parts parts = Read(store, image);
    change(image, parts);
    image = Write(store, image, std::move(parts));
    manifests.push_back(image.manifest);
  }
  result.root = oci::IsIndexType(result.root.media_type)
                    ? builder::StoreIndex(manifests, store.blobs())
                    : manifests.front();
  return result;
}

void Apply(const ConfigEdit& edit, oci::RuntimeConfig& config) {
  for (const std::string& name : edit.unset_env) {
    std::erase_if(config.env,
                  [&](const std::string& entry) { return entry.starts_with(name + "="); });
  }
  for (const std::string& entry : edit.env) {
    const std::size_t equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    const auto value = equals == std::string::npos ? GetEnvironment(name.c_str())
                                                   : std::optional(entry.substr(equals + 1));
    if (value) oci::SetEnv(config.env, name, *value);
  }
  for (const std::string& name : edit.unset_labels) config.labels.erase(name);
}

oci::Descriptor MakeOneLayer(layers::Store& store, const std::vector<oci::DiffId>& layers) {
  const auto blob = store.NewBlob();
  layers::WriteRootfsTar(store, {{.layers = layers}}, *blob);
  blob->Finish();
  blob->Publish();
  return blob->Describe(std::string(oci::kOciLayer));
}

}  // namespace

builder::BuildResult EditImages(layers::Store& store, builder::BuildResult result,
                                const ConfigEdit& edit) {
  if (edit.IsEmpty()) return result;
  return ForEach(store, std::move(result), [&](const builder::BuiltImage&, Parts& parts) {
    Apply(edit, parts.config.config);
  });
}

builder::BuildResult SquashImages(layers::Store& store, builder::BuildResult result) {
  return ForEach(store, std::move(result), [&](const builder::BuiltImage& image, Parts& parts) {
    const oci::Descriptor layer = MakeOneLayer(store, image.layers);
    parts.manifest.layers = {layer};
    parts.config.diff_ids = {oci::DiffId{layer.digest}};
    // One entry has the layer: the last, for the rest says how the files came to be.
    for (oci::HistoryEntry& entry : parts.config.history) entry.empty_layer = true;
    parts.config.history.push_back({.created = parts.config.created,
                                    .created_by = "squash",
                                    .author = {},
                                    .comment = "all layers in one",
                                    .empty_layer = false});
  });
}

}  // namespace ibuild::cli
