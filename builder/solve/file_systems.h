// FileSystems: what file system each vertex ends in, as a stack of layers, and its files where they
// are needed.
//
// A stack is only names. Directories are made, and images downloaded and unpacked for it, when
// somebody asks for them; until then nothing of an image but its manifest and config is read.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "builder/assemble/image_assembler.h"
#include "builder/cache/shared_caches.h"
#include "builder/graph/op.h"
#include "builder/solve/image_catalog.h"
#include "layers/store/store.h"
#include "layers/tree/layered_tree.h"
#include "support/report.h"

namespace ibuild::builder {

class FileSystems {
 public:
  // `need_root` is called before the first directory is made or looked into. `shared`: where layers
  // of steps come from that are not in the store; null: nowhere. All must outlive it.
  FileSystems(layers::Store& store, ImageCatalog& images, Reporter& reporter,
              std::function<void()> need_root, SharedCaches* shared = nullptr);

  // How vertices come about; each is told once, after what it builds on.
  void AddScratch(VertexId vertex);
  void AddImage(VertexId vertex, const ImageOp& image);
  void AddStep(VertexId vertex, VertexId on, const StepLayer& layer);

  // Of an image that was added.
  oci::Descriptor ManifestOf(const ImageOp& image) const;

  // Lowest first. The following may be called from any thread.
  std::vector<oci::DiffId> LayersOf(VertexId vertex) const;
  std::vector<std::filesystem::path> DirectoriesOf(VertexId vertex);
  std::shared_ptr<const layers::LayeredTree> TreeOf(VertexId vertex);

 private:
  struct Base {
    const ImageOp* image = nullptr;  // null: scratch
    std::mutex unpacking;
  };
  struct Stack {
    std::shared_ptr<Base> base;
    std::vector<oci::DiffId> layers;
    std::vector<oci::Descriptor> descriptors;  // of the same layers
  };

  Stack StackOf(VertexId vertex) const;
  std::vector<std::filesystem::path> Unpack(Stack stack);
  std::vector<std::filesystem::path> UnpackFetched(
      const oci::Manifest& manifest, const oci::ImageConfig& config,
      const std::map<oci::DiffId, oci::Descriptor>& fetched);

  layers::Store& store_;
  ImageCatalog& images_;
  Reporter& reporter_;
  std::function<void()> need_root_;
  SharedCaches* shared_;
  mutable std::mutex mutex_;
  std::map<VertexId, Stack> stacks_;
  // Weak: a tree keeps a descriptor per layer open, and each step of a stage has a layer more.
  std::map<VertexId, std::weak_ptr<const layers::LayeredTree>> trees_;
};

}  // namespace ibuild::builder
