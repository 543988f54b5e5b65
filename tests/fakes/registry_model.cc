#include "tests/fakes/registry_model.h"

#include <fmt/format.h>

#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/media_type.h"
#include "support/json.h"

namespace ibuild::fakes {

oci::Descriptor RegistryModel::AddBlob(const std::string& repository, const std::string& media_type,
                                       const std::string& bytes) {
  const oci::Descriptor descriptor = oci::DescriptorOf(media_type, bytes);
  repositories_[repository].blobs[descriptor.digest.ToString()] = bytes;
  return descriptor;
}

oci::Descriptor RegistryModel::AddManifest(const std::string& repository, const std::string& tag,
                                           const std::string& media_type,
                                           const std::string& bytes) {
  const oci::Descriptor descriptor = oci::DescriptorOf(media_type, bytes);
  FakeRepository& target = repositories_[repository];
  target.manifests[descriptor.digest.ToString()] = {media_type, bytes};
  if (!tag.empty()) target.tags[tag] = descriptor.digest.ToString();
  return descriptor;
}

const std::string* RegistryModel::FindBlob(const std::string& repository,
                                           const std::string& digest) const {
  const auto found = repositories_.find(repository);
  if (found == repositories_.end()) return nullptr;
  const auto blob = found->second.blobs.find(digest);
  return blob == found->second.blobs.end() ? nullptr : &blob->second;
}

const StoredManifest* RegistryModel::FindManifest(const std::string& repository,
                                                  const std::string& selector,
                                                  std::string& digest) const {
  const auto found = repositories_.find(repository);
  if (found == repositories_.end()) return nullptr;
  const auto tag = found->second.tags.find(selector);
  digest = tag == found->second.tags.end() ? selector : tag->second;
  const auto manifest = found->second.manifests.find(digest);
  return manifest == found->second.manifests.end() ? nullptr : &manifest->second;
}

std::vector<std::string> RegistryModel::Missing(const std::string& repository,
                                                const std::string& bytes) const {
  std::vector<std::string> missing;
  std::string digest;
  const auto document = oci::ParseManifest(bytes, "", "manifest");
  if (const auto* index = std::get_if<oci::Index>(&document)) {
    for (const auto& child : index->manifests) {
      const std::string name = child.digest.ToString();
      if (FindManifest(repository, name, digest) == nullptr) missing.push_back(name);
    }
    return missing;
  }
  const auto& manifest = std::get<oci::Manifest>(document);
  std::vector<oci::Descriptor> blobs = manifest.layers;
  blobs.push_back(manifest.config);
  for (const auto& blob : blobs) {
    const std::string name = blob.digest.ToString();
    if (FindBlob(repository, name) == nullptr) missing.push_back(name);
  }
  return missing;
}

std::string RegistryModel::OpenUpload() {
  std::string id = fmt::format("upload-{}", next_upload_++);
  uploads_[id] = "";
  return id;
}

std::string* RegistryModel::FindUpload(const std::string& id) {
  const auto found = uploads_.find(id);
  return found == uploads_.end() ? nullptr : &found->second;
}

SampleImage MakeSampleImage(const std::vector<std::string>& layers,
                            const std::string& architecture) {
  SampleImage image{oci::DescriptorOf("", ""), oci::DescriptorOf("", ""), {}, {}};
  const auto add = [&](std::string_view type, const std::string& bytes) {
    const oci::Descriptor descriptor = oci::DescriptorOf(std::string(type), bytes);
    image.bytes[descriptor.digest] = bytes;
    return descriptor;
  };
  oci::ImageConfig config;
  config.platform = {"linux", architecture, "", "", {}};
  oci::Manifest manifest{std::string(oci::kOciManifest), "", image.config, {}, {}, {}};
  for (const std::string& layer : layers) {
    manifest.layers.push_back(add(oci::kOciLayer, layer));
    config.diff_ids.push_back({manifest.layers.back().digest});
  }
  manifest.config = add(oci::kOciConfig, oci::Serialize(config));
  image.config = manifest.config;
  image.layers = manifest.layers;
  image.manifest = add(oci::kOciManifest, oci::Serialize(manifest));
  return image;
}

void AddImage(RegistryModel& model, const std::string& repository, const std::string& tag,
              const SampleImage& image) {
  for (const auto& layer : image.layers) {
    model.AddBlob(repository, layer.media_type, image.bytes.at(layer.digest));
  }
  model.AddBlob(repository, image.config.media_type, image.bytes.at(image.config.digest));
  model.AddManifest(repository, tag, image.manifest.media_type,
                    image.bytes.at(image.manifest.digest));
}

}  // namespace ibuild::fakes
