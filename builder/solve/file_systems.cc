#include "builder/solve/file_systems.h"

#include <algorithm>
#include <utility>

#include "builder/cache/layer_lost.h"
#include "layers/snapshot/unpack_image.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {

namespace fs = std::filesystem;

FileSystems::FileSystems(layers::Store& store, ImageCatalog& images, Reporter& reporter,
                         std::function<void()> need_root, SharedCaches* shared)
    : store_(store),
      images_(images),
      reporter_(reporter),
      need_root_(std::move(need_root)),
      shared_(shared) {}

void FileSystems::AddScratch(VertexId vertex) {
  const std::scoped_lock lock(mutex_);
  stacks_[vertex] = Stack{.base = std::make_shared<Base>(), .layers = {}, .descriptors = {}};
}

void FileSystems::AddImage(VertexId vertex, const ImageOp& image) {
  const oci::ResolvedImage& resolved = images_.Get(image.reference, image.platform);
  Stack stack{.base = std::make_shared<Base>(),
              .layers = resolved.config.diff_ids,
              .descriptors = resolved.content.layers};
  stack.base->image = &image;
  const std::scoped_lock lock(mutex_);
  stacks_[vertex] = std::move(stack);
}

oci::Descriptor FileSystems::ManifestOf(const ImageOp& image) const {
  return images_.Get(image.reference, image.platform).manifest;
}

void FileSystems::AddStep(VertexId vertex, VertexId on, const StepLayer& layer) {
  const std::scoped_lock lock(mutex_);
  Stack stack = stacks_.at(on);
  stack.layers.push_back(layer.diff_id);
  stack.descriptors.push_back(oci::Descriptor{.media_type = std::string(oci::kOciLayer),
                                              .digest = layer.diff_id.digest,
                                              .size = layer.size,
                                              .platform = {},
                                              .artifact_type = {},
                                              .annotations = {},
                                              .urls = {}});
  stacks_[vertex] = std::move(stack);
}

FileSystems::Stack FileSystems::StackOf(VertexId vertex) const {
  const std::scoped_lock lock(mutex_);
  return stacks_.at(vertex);
}

std::vector<oci::DiffId> FileSystems::LayersOf(VertexId vertex) const {
  return StackOf(vertex).layers;
}

std::vector<fs::path> FileSystems::DirectoriesOf(VertexId vertex) {
  // Outside the user namespace that they were written in, files seem to have other owners.
  need_root_();
  const Stack stack = StackOf(vertex);
  if (auto there = store_.layer_directories().FindStack(stack.layers)) return *std::move(there);
  return Unpack(stack);
}

std::vector<fs::path> FileSystems::Unpack(Stack stack) {
  const std::scoped_lock lock(stack.base->unpacking);
  if (auto there = store_.layer_directories().FindStack(stack.layers)) return *std::move(there);
  std::map<oci::DiffId, oci::Descriptor> fetched;
  if (shared_ != nullptr) fetched = shared_->Bring(stack.layers);
  const ImageOp* image = stack.base->image;
  if (image != nullptr) images_.Fetch(image->reference, image->platform);
  for (std::size_t i = 0; i < stack.layers.size(); ++i) {
    const auto blob = fetched.find(stack.layers[i]);
    if (blob != fetched.end()) stack.descriptors[i] = blob->second;
  }
  // Layers of earlier builds that are here only as blobs are unpacked with the image's own.
  const oci::Manifest manifest{.media_type = std::string(oci::kOciManifest),
                               .artifact_type = {},
                               .config = oci::DescriptorOf(std::string(oci::kOciConfig), ""),
                               .layers = stack.descriptors,
                               .subject = {},
                               .annotations = {}};
  oci::ImageConfig config;
  config.diff_ids = stack.layers;
  const std::string what = image != nullptr ? image->reference.Familiar() : "cached layers";
  return InContext("unpacking " + what, [&] { return UnpackFetched(manifest, config, fetched); });
}

// A blob from a cache has the digest that its record says, but not necessarily what the record says
// is in it. Which of several it was does not matter: their steps run.
std::vector<fs::path> FileSystems::UnpackFetched(
    const oci::Manifest& manifest, const oci::ImageConfig& config,
    const std::map<oci::DiffId, oci::Descriptor>& fetched) {
  std::vector<oci::DiffId> layers;
  for (const auto& [layer, blob] : fetched) layers.push_back(layer);
  try {
    auto directories = layers::UnpackImage(store_, manifest, config, reporter_);
    if (shared_ != nullptr) shared_->Adopt(layers);
    return directories;
  } catch (const Error& error) {
    const bool may_be_a_lie =
        error.kind() == ErrorKind::kCorrupt || error.kind() == ErrorKind::kInvalidInput;
    if (layers.empty() || !may_be_a_lie) throw;
    throw LayerLost(std::move(layers), std::string("cache: a layer is not what its record says: ") +
                                           PrintableText(error.what()));
  }
}

std::shared_ptr<const layers::LayeredTree> FileSystems::TreeOf(VertexId vertex) {
  {
    const std::scoped_lock lock(mutex_);
    if (auto known = trees_[vertex].lock()) return known;
  }
  auto tree = std::make_shared<const layers::LayeredTree>(DirectoriesOf(vertex));
  const std::scoped_lock lock(mutex_);
  trees_[vertex] = tree;
  return tree;
}

}  // namespace ibuild::builder
