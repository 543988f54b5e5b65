#include "builder/assemble/image_assembler.h"

#include <utility>

#include "builder/assemble/history.h"
#include "oci/media_type.h"
#include "support/byte_stream.h"

namespace ibuild::builder {
namespace {

std::string TimeText(std::int64_t seconds) { return FormatRfc3339({seconds, 0}); }

// The base's blob as it is, under the name that its type has in an OCI manifest.
oci::Descriptor BaseLayer(oci::Descriptor layer) {
  const auto compression = oci::CompressionOfLayerType(layer.media_type);
  if (compression && !oci::IsForeignLayerType(layer.media_type)) {
    layer.media_type = oci::LayerType(oci::TypeFamily::kOci, *compression);
  }
  return layer;
}

oci::Descriptor PlainLayer(const StepLayer& layer) {
  oci::Descriptor descriptor{.media_type = std::string(oci::kOciLayer),
                             .digest = layer.diff_id.digest,
                             .size = layer.size,
                             .platform = {},
                             .artifact_type = {},
                             .annotations = {},
                             .urls = {}};
  return descriptor;
}

class Assembly {
 public:
  Assembly(const PlannedImage& image, const AssemblyInput& input)
      : image_(image), input_(input), config_(image.config) {}

  void AddBase() {
    if (!input_.base) return;
    config_.diff_ids = input_.base->config.diff_ids;
    config_.history = input_.base->config.history;
    for (const oci::Descriptor& layer : input_.base->content.layers) {
      layers_.push_back(BaseLayer(layer));
    }
    FitHistory(config_.history, layers_.size());
    base_entries_ = config_.history.size();
  }

  void AddSteps() {
    for (const PlannedHistory& planned : image_.history) {
      oci::HistoryEntry entry = planned.entry;
      if (planned.layer) {
        const StepLayer layer = input_.layer_of(*planned.layer);
        config_.diff_ids.push_back(layer.diff_id);
        layers_.push_back(PlainLayer(layer));
        entry.created = FormatRfc3339(layer.created);
      }
      if (input_.source_date_epoch) entry.created = TimeText(*input_.source_date_epoch);
      config_.history.push_back(std::move(entry));
    }
  }

  void SetTimes() {
    const std::string now =
        input_.source_date_epoch ? TimeText(*input_.source_date_epoch) : FormatRfc3339(input_.now);
    FillTimes(config_.history, base_entries_, now);
    config_.created = input_.source_date_epoch ? now : NewestTime(config_.history).value_or(now);
  }

  oci::ImageConfig& config() { return config_; }
  std::vector<oci::Descriptor>& layers() { return layers_; }

 private:
  const PlannedImage& image_;
  const AssemblyInput& input_;
  oci::ImageConfig config_;
  std::vector<oci::Descriptor> layers_;
  std::size_t base_entries_ = 0;
};

void PutText(const oci::Descriptor& descriptor, const std::string& text, oci::BlobSink& blobs) {
  StringSource content(text);
  blobs.Put(descriptor, content);
}

}  // namespace

AssembledImage AssembleImage(const PlannedImage& image, const AssemblyInput& input) {
  Assembly assembly(image, input);
  assembly.AddBase();
  assembly.AddSteps();
  assembly.SetTimes();
  oci::ImageConfig config = std::move(assembly.config());
  std::string config_text = oci::Serialize(config);
  const oci::Descriptor config_descriptor =
      oci::DescriptorOf(std::string(oci::kOciConfig), config_text);
  oci::Manifest manifest{.media_type = std::string(oci::kOciManifest),
                         .artifact_type = {},
                         .config = config_descriptor,
                         .layers = std::move(assembly.layers()),
                         .subject = {},
                         .annotations = {}};
  std::string manifest_text = oci::Serialize(manifest);
  oci::Descriptor descriptor = oci::DescriptorOf(manifest.media_type, manifest_text);
  descriptor.platform = config.platform;
  return {.config = std::move(config),
          .manifest = std::move(manifest),
          .config_text = std::move(config_text),
          .manifest_text = std::move(manifest_text),
          .config_descriptor = config_descriptor,
          .descriptor = std::move(descriptor)};
}

oci::Descriptor StoreImage(const AssembledImage& image, oci::BlobSink& blobs) {
  PutText(image.config_descriptor, image.config_text, blobs);
  PutText(image.descriptor, image.manifest_text, blobs);
  return image.descriptor;
}

oci::Descriptor StoreIndex(const std::vector<oci::Descriptor>& manifests, oci::BlobSink& blobs) {
  const oci::Index index{.media_type = std::string(oci::kOciIndex),
                         .artifact_type = {},
                         .manifests = manifests,
                         .subject = {},
                         .annotations = {}};
  return oci::PutBlob(blobs, index.media_type, oci::Serialize(index));
}

}  // namespace ibuild::builder
