#include "containers/engine/commit.h"

#include <utility>
#include <variant>

#include "containers/engine/changes.h"
#include "containers/engine/copy_upper.h"
#include "layers/diff/overlay_upper.h"
#include "layers/pack/layer_packer.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/media_type.h"
#include "support/byte_stream.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

oci::Manifest ReadManifest(layers::Store& store, const ContainerConfig& config) {
  const oci::Descriptor descriptor{.media_type = config.manifest_type,
                                   .digest = oci::Digest::Parse(config.manifest),
                                   .size = static_cast<std::uint64_t>(config.manifest_size)};
  const std::string text = oci::ReadBlob(store.blobs(), descriptor);
  auto document = oci::ParseManifest(text, config.manifest_type, config.process.image);
  if (auto* const manifest = std::get_if<oci::Manifest>(&document)) return std::move(*manifest);
  throw Error(ErrorKind::kCorrupt, "the image of the container has no manifest");
}

// What the container was started with is what the image starts with.
void ApplyProcess(const ProcessConfig& process, oci::RuntimeConfig* config) {
  config->cmd = process.cmd;
  config->entrypoint = process.entrypoint;
  config->working_dir = process.working_dir;
  config->user = process.user;
  config->labels = process.labels;
  config->env.clear();
  for (const std::string& entry : process.env) {
    if (!entry.starts_with("HOSTNAME=") && !entry.starts_with("TERM=")) {
      config->env.push_back(entry);
    }
  }
}

layers::PackedLayer MakeLayer(layers::Store& store, const Container& container) {
  layers::StagedLayer staged = store.layer_directories().Stage();
  CopyUpper(container.files.upper(), staged.upper());
  const layers::LayeredTree below(TreeOf(store, container, false));
  layers::NormalizeUpper(staged.upper(), below);
  NullSink nowhere;
  layers::PackedLayer packed = layers::PackDirectory(staged.upper(), {}, nowhere);
  store.layer_directories().Commit(std::move(staged), packed);
  return packed;
}

}  // namespace

oci::Descriptor CommitContainer(layers::Store& store, const Container& container,
                                const CommitOptions& options) {
  oci::Manifest manifest = ReadManifest(store, container.config);
  oci::ImageConfig config =
      oci::ParseImageConfig(oci::ReadBlob(store.blobs(), manifest.config), "the image's config");
  const layers::PackedLayer layer = MakeLayer(store, container);
  config.created = FormatRfc3339(Now());
  config.author = options.author;
  config.diff_ids.push_back(layer.diff_id);
  config.history.push_back({.created = config.created,
                            .created_by = Join(container.config.process.Arguments(), " "),
                            .author = options.author,
                            .comment = options.message});
  ApplyProcess(container.config.process, &config.config);
  manifest.layers.push_back({.media_type = std::string(oci::kOciLayer),
                             .digest = layer.diff_id.digest,
                             .size = layer.size});
  manifest.config = oci::PutBlob(store.blobs(), manifest.config.media_type, oci::Serialize(config));
  return oci::PutBlob(store.blobs(), manifest.media_type, oci::Serialize(manifest));
}

}  // namespace ibuild::containers
