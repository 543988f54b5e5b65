#include "layers/archive/make_exportable.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "layers/archive/plain_layers.h"
#include "layers/store/compressed_layers.h"
#include "layers/store/key_lock.h"
#include "oci/blob_store.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "support/error.h"
#include "support/files.h"
#include "support/task_pool.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr int kMaxNesting = 4;

struct Export {
  Store& store;
  const ExportOptions& options;
  Reporter& reporter;
};

oci::TypeFamily FamilyOf(std::string_view media_type) {
  return media_type == oci::kDockerManifest || media_type == oci::kDockerIndex
             ? oci::TypeFamily::kDocker
             : oci::TypeFamily::kOci;
}

oci::Compression CompressionOf(const oci::Descriptor& layer) {
  return oci::CompressionOfLayerType(layer.media_type).value_or(oci::Compression::kNone);
}

// Attestations, signatures and other artifacts have the shape of an image but no file layers.
bool IsImage(const oci::Manifest& manifest) {
  return oci::IsConfigType(manifest.config.media_type) &&
         std::all_of(manifest.layers.begin(), manifest.layers.end(),
                     [](const auto& layer) { return oci::IsLayerType(layer.media_type); });
}

bool MustCompress(Store& store, const oci::Descriptor& layer, const ExportOptions& options) {
  if (oci::IsForeignLayerType(layer.media_type)) return false;
  if (options.force_compression) return true;
  return CompressionOf(layer) == oci::Compression::kNone &&
         options.compression.compression != oci::Compression::kNone &&
         (options.compress_others || IsOursToCompress(store, layer.digest));
}

// Reads the layer's plain tar into `sink` and makes sure that it is the layer it is said to be.
void CopyPlain(Store& store, const oci::Descriptor& layer, const oci::DiffId& diff_id,
               ByteSink& sink) {
  std::unique_ptr<ByteSource> plain = store.blobs().Open(layer);
  if (CompressionOf(layer) == oci::Compression::kNone) {
    Copy(*plain, sink);
    return;
  }
  plain = Decompress(std::move(plain));
  oci::Digester digester;
  FunctionSink hashed([&](std::span<const std::byte> bytes) {
    digester.Update(bytes);
    sink.Write(bytes);
  });
  Copy(*plain, hashed);
  if (digester.Finish() != diff_id.digest) {
    throw Error(ErrorKind::kCorrupt, "its content differs from the image's configuration");
  }
}

class FollowedSink final : public ByteSink {
 public:
  FollowedSink(ByteSink& sink, LayerFollower* follower) : sink_(sink), follower_(follower) {}
  void Write(std::span<const std::byte> bytes) override {
    sink_.Write(bytes);
    if (follower_ != nullptr) follower_->Write(bytes);
  }
  void Finish() override { sink_.Finish(); }

 private:
  ByteSink& sink_;
  LayerFollower* follower_;
};

// Replaces digest, size and type; what else the descriptor says stays.
oci::Descriptor WithBlob(oci::Descriptor layer, const oci::Descriptor& blob,
                         oci::Compression compression, oci::TypeFamily family) {
  layer.digest = blob.digest;
  layer.size = blob.size;
  layer.media_type = oci::LayerType(family, compression);
  return layer;
}

std::vector<oci::DiffId> ReadDiffIds(Store& store, const oci::Manifest& manifest) {
  const std::string text = oci::ReadBlob(store.blobs(), manifest.config);
  const auto config = oci::ParseImageConfig(text, manifest.config.digest.ToString());
  if (config.diff_ids.size() == manifest.layers.size()) return config.diff_ids;
  throw Error(ErrorKind::kCorrupt, fmt::format("the manifest has {} layers, the configuration {}",
                                               manifest.layers.size(), config.diff_ids.size()));
}

void CompressLayers(const Export& job, oci::Manifest& manifest, oci::TypeFamily family) {
  std::vector<std::size_t> work;
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    if (MustCompress(job.store, manifest.layers[i], job.options)) work.push_back(i);
  }
  if (work.empty()) return;
  const std::vector<oci::DiffId> diff_ids = ReadDiffIds(job.store, manifest);
  const auto compress = [&](std::size_t i) {
    const oci::Descriptor blob =
        CompressedForm(job.store, manifest.layers[i], diff_ids[i], job.options.compression,
                       job.reporter, job.options.follow);
    manifest.layers[i] =
        WithBlob(manifest.layers[i], blob, job.options.compression.compression, family);
  };
  if (work.size() == 1) return compress(work.front());
  TaskPool pool;
  for (const std::size_t i : work) pool.Submit([&, i](const std::stop_token&) { compress(i); });
  pool.Wait();
}

// Before minutes are spent on compressing: what would Docker's types have to say?
void RefuseZstd(Store& store, const oci::Manifest& manifest, const ExportOptions& options) {
  const auto refuse = [](std::string_view what) {
    throw Error(ErrorKind::kUnsupported,
                fmt::format("{} with zstd, which Docker's media types do not have", what))
        .WithHint("use OCI media types, or gzip (with force-compression for layers of a base)");
  };
  for (const oci::Descriptor& layer : manifest.layers) {
    if (!MustCompress(store, layer, options)) {
      if (options.types && CompressionOf(layer) == oci::Compression::kZstd) {
        refuse(fmt::format("layer {} is compressed", layer.digest.ToString()));
      }
    } else if (options.compression.compression == oci::Compression::kZstd) {
      refuse("layers are to be compressed");
    }
  }
}

void ConvertTypes(oci::Manifest& manifest, oci::TypeFamily family) {
  const bool docker = family == oci::TypeFamily::kDocker;
  manifest.media_type = docker ? oci::kDockerManifest : oci::kOciManifest;
  manifest.config.media_type = docker ? oci::kDockerConfig : oci::kOciConfig;
  for (oci::Descriptor& layer : manifest.layers) {
    if (oci::IsForeignLayerType(layer.media_type)) continue;
    layer.media_type = oci::LayerType(family, CompressionOf(layer));
  }
}

oci::Descriptor PutDocument(Store& store, const oci::Descriptor& original,
                            std::string_view media_type, const std::string& text) {
  oci::Descriptor descriptor = oci::PutBlob(store.blobs(), media_type, text);
  descriptor.platform = original.platform;
  descriptor.annotations = original.annotations;
  descriptor.artifact_type = original.artifact_type;
  return descriptor;
}

oci::Descriptor ExportDocument(const Export& job, const oci::Descriptor& image, int nesting);

oci::Descriptor ExportManifest(const Export& job, oci::Descriptor image, oci::Manifest manifest) {
  if (!IsImage(manifest)) return image;
  const std::string before = Serialize(manifest);
  const auto family = job.options.types.value_or(FamilyOf(manifest.media_type));
  if (family == oci::TypeFamily::kDocker) RefuseZstd(job.store, manifest, job.options);
  CompressLayers(job, manifest, family);
  if (job.options.types) ConvertTypes(manifest, family);
  const auto& added = job.options.annotations;
  AddAnnotations(added, AnnotationPlace::kManifest, image.platform, manifest.annotations);
  AddAnnotations(added, AnnotationPlace::kManifestDescriptor, image.platform, image.annotations);
  const std::string after = Serialize(manifest);
  if (after == before) return image;
  return PutDocument(job.store, image, manifest.media_type, after);
}

// NOLINTNEXTLINE(misc-no-recursion): kMaxNesting bounds it
oci::Descriptor ExportIndex(const Export& job, oci::Descriptor image, oci::Index index,
                            int nesting) {
  const std::string before = Serialize(index);
  for (oci::Descriptor& child : index.manifests) {
    if (!oci::IsManifestType(child.media_type) && !oci::IsIndexType(child.media_type)) continue;
    if (!job.store.blobs().Has(child.digest)) {
      throw Error(ErrorKind::kNotFound,
                  fmt::format("the image for {} is not in the store",
                              child.platform ? child.platform->ToString() : child.digest.Short()))
          .WithHint("pull every platform, or name one with --platform");
    }
    child = ExportDocument(job, child, nesting + 1);
  }
  if (job.options.types) {
    const bool docker = *job.options.types == oci::TypeFamily::kDocker;
    index.media_type = docker ? oci::kDockerIndex : oci::kOciIndex;
  }
  if (nesting == 0) {
    const auto& added = job.options.annotations;
    AddAnnotations(added, AnnotationPlace::kIndex, {}, index.annotations);
    AddAnnotations(added, AnnotationPlace::kIndexDescriptor, {}, image.annotations);
  }
  const std::string after = Serialize(index);
  if (after == before) return image;
  return PutDocument(job.store, image, index.media_type, after);
}

// NOLINTNEXTLINE(misc-no-recursion): kMaxNesting bounds it
oci::Descriptor ExportDocument(const Export& job, const oci::Descriptor& image, int nesting) {
  if (nesting > kMaxNesting) {
    throw Error(ErrorKind::kInvalidInput, "indexes are nested too deep");
  }
  const std::string text = oci::ReadBlob(job.store.blobs(), image);
  auto document = oci::ParseManifest(text, image.media_type, image.digest.ToString());
  if (auto* index = std::get_if<oci::Index>(&document)) {
    return ExportIndex(job, image, std::move(*index), nesting);
  }
  if (nesting == 0 && NeedsIndex(job.options.annotations)) {
    throw Error(ErrorKind::kUsage, "annotations of an index need an image of several platforms")
        .WithHint("leave out `index` and `index-descriptor`, or name several with --platform");
  }
  return ExportManifest(job, image, std::get<oci::Manifest>(std::move(document)));
}

// NOLINTNEXTLINE(misc-no-recursion): kMaxNesting bounds it
bool WouldCompress(Store& store, const oci::Descriptor& image, const ExportOptions& options,
                   int nesting) {
  if (nesting > kMaxNesting || !store.blobs().Has(image.digest)) return false;
  if (!oci::IsManifestType(image.media_type) && !oci::IsIndexType(image.media_type)) return false;
  const std::string text = oci::ReadBlob(store.blobs(), image);
  const auto document = oci::ParseManifest(text, image.media_type, image.digest.ToString());
  if (const auto* index = std::get_if<oci::Index>(&document)) {
    return std::any_of(index->manifests.begin(), index->manifests.end(), [&](const auto& child) {
      return WouldCompress(store, child, options, nesting + 1);
    });
  }
  const auto& manifest = std::get<oci::Manifest>(document);
  if (!IsImage(manifest)) return false;
  const auto& layers = manifest.layers;
  const auto must = [&](const auto& layer) { return MustCompress(store, layer, options); };
  if (std::none_of(layers.begin(), layers.end(), must)) return false;
  const std::vector<oci::DiffId> diff_ids = ReadDiffIds(store, manifest);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (must(layers[i]) && !FindCompressed(store, diff_ids[i], options.compression)) return true;
  }
  return false;
}

}  // namespace

bool WouldCompress(Store& store, const oci::Descriptor& image, const ExportOptions& options) {
  return WouldCompress(store, image, options, 0);
}

oci::Descriptor CompressedForm(Store& store, const oci::Descriptor& layer,
                               const oci::DiffId& diff_id, const CompressionChoice& choice,
                               Reporter& reporter, const FollowLayer& follow) {
  if (auto known = FindCompressed(store, diff_id, choice)) return *known;
  const KeyLock single_flight =
      KeyLock::Acquire(store.layout().CompressLock(diff_id.digest), FileLock::Mode::kExclusive,
                       "the compression of layer " + diff_id.digest.Short());
  if (auto known = FindCompressed(store, diff_id, choice)) return *known;
  Activity activity(reporter, "compress " + diff_id.digest.Short());
  const auto writer = store.NewBlob();
  const auto follower =
      follow ? follow({layer.size, diff_id.digest.ToString() + "." + ChoiceName(choice)}) : nullptr;
  FollowedSink followed(*writer, follower.get());
  InContext(fmt::format("compressing layer {}", layer.digest.ToString()), [&] {
    if (choice.compression == oci::Compression::kNone) {
      CopyPlain(store, layer, diff_id, *writer);
      writer->Finish();
    } else {
      const auto compressor = Compress(choice, followed);
      CopyPlain(store, layer, diff_id, *compressor);
      compressor->Finish();
    }
    writer->Publish();
  });
  const oci::Descriptor blob = writer->Describe({});
  RememberCompressed(store, diff_id, choice, blob);
  if (follower) follower->Finish(blob);
  activity.Done(fmt::format("{} of {}", FormatByteSize(blob.size), FormatByteSize(layer.size)));
  return blob;
}

oci::Descriptor MakeExportable(Store& store, const oci::Descriptor& image,
                               const ExportOptions& options, Reporter& reporter) {
  return ExportDocument({.store = store, .options = options, .reporter = reporter}, image, 0);
}

}  // namespace ibuild::layers
