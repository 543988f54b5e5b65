#include "registry/cache/registry_cache.h"

#include <fmt/format.h>

#include "oci/manifest.h"
#include "oci/media_type.h"
#include "registry/client/blob_upload.h"
#include "registry/client/blobs.h"
#include "registry/client/manifests.h"
#include "registry/http/transport.h"
#include "support/base64.h"
#include "support/error.h"
#include "support/json.h"

namespace ibuild::registry {
namespace {

constexpr std::string_view kAnswersType = "application/vnd.ibuild.cache.answers.v1+zstd";
// Larger documents are fetched by a request of their own: registries limit manifests.
constexpr std::size_t kMostInline = 512u << 10;
constexpr int kMerges = 3;  // when others keep writing at the same time

OrderedJson ConfigOf(const std::string& answers) {
  OrderedJson config = oci::WriteDescriptor(oci::DescriptorOf(std::string(kAnswersType), answers));
  if (answers.size() <= kMostInline) config["data"] = EncodeBase64(answers);
  return config;
}

std::string ManifestText(const oci::CacheAnswers& answers) {
  OrderedJson layers = OrderedJson::array();
  for (const oci::Descriptor& blob : answers.blobs) layers.push_back(oci::WriteDescriptor(blob));
  OrderedJson manifest;
  manifest["schemaVersion"] = 2;
  manifest["mediaType"] = oci::kOciManifest;
  manifest["artifactType"] = kCacheArtifact;
  manifest["config"] = ConfigOf(answers.text);
  manifest["layers"] = std::move(layers);
  return DumpJson(manifest);
}

// The bytes that a descriptor carries along, when they are what it says.
std::optional<std::string> InlineData(const FetchedManifest& fetched,
                                      const oci::Descriptor& config) {
  const Json json = ParseJson(fetched.bytes, "cache manifest");
  const auto data = JsonReader(json, "cache manifest").At("config").StringIf("data");
  auto bytes = data ? DecodeBase64(*data) : std::nullopt;
  if (!bytes || oci::Digest::OfText(*bytes) != config.digest) return std::nullopt;
  return bytes;
}

std::optional<std::string> InlineAnswers(const oci::Annotations& annotations) {
  const auto text = annotations.find(std::string(kInlineCacheAnnotation));
  return text == annotations.end() ? std::nullopt : DecodeBase64(text->second);
}

}  // namespace

RepositoryAccess RegistryCache::Access(registry::Access actions, std::stop_token stop) const {
  return client_.Open(reference_.repository(), actions, {}, std::move(stop));
}

std::optional<std::string> RegistryCache::Read(const RepositoryAccess& access) const {
  std::optional<FetchedManifest> fetched;
  try {
    fetched = ManifestClient(access).Get(reference_.Selector());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kNotFound) return std::nullopt;
    throw;
  }
  const auto* manifest = std::get_if<oci::Manifest>(&fetched->document);
  if (manifest == nullptr) {
    return InlineAnswers(std::get<oci::Index>(fetched->document).annotations);
  }
  if (manifest->config.media_type != kAnswersType) return InlineAnswers(manifest->annotations);
  if (manifest->config.size > kMostBytes) {
    throw Error(ErrorKind::kResourceExhausted, "its document is too big");
  }
  if (auto data = InlineData(*fetched, manifest->config)) return data;
  BlobClient blobs(access);
  return oci::ReadBlob(blobs, manifest->config, kMostBytes);
}

std::optional<std::string> RegistryCache::ReadAnswers(std::stop_token stop) {
  return Read(Access(registry::Access::kPull, std::move(stop)));
}

void RegistryCache::Write(const RepositoryAccess& access, const oci::CacheAnswers& answers) const {
  const oci::Descriptor config = oci::DescriptorOf(std::string(kAnswersType), answers.text);
  if (BlobClient(access).Head(config.digest) != Presence::kPresent) {
    UploadBlob(access, {.descriptor = config,
                        .open = [&] { return std::make_unique<StringSource>(answers.text); },
                        .mount_from = {},
                        .on_progress = [](std::uint64_t) {}});
  }
  const std::string text = ManifestText(answers);
  ManifestClient(access).Put(reference_.Selector(),
                             oci::DescriptorOf(std::string(oci::kOciManifest), text), text);
}

void RegistryCache::WriteAnswers(const Merge& merge) {
  const RepositoryAccess access = Access(registry::Access::kPush, stop_);
  for (int i = 0; i < kMerges; ++i) {
    const auto merged = merge(Read(access));
    if (!merged) return;
    Write(access, *merged);
  }
}

bool RegistryCache::Has(const oci::Descriptor& blob) {
  return BlobClient(Access(registry::Access::kPull, stop_)).Has(blob.digest);
}

std::unique_ptr<ByteSource> RegistryCache::Open(const oci::Descriptor& blob) {
  return BlobClient(Access(registry::Access::kPull, stop_)).Open(blob);
}

void RegistryCache::Put(const oci::Descriptor& blob,
                        const std::function<std::unique_ptr<ByteSource>()>& open) {
  UploadBlob(
      Access(registry::Access::kPush, stop_),
      {.descriptor = blob, .open = open, .mount_from = {}, .on_progress = [](std::uint64_t) {}});
}

}  // namespace ibuild::registry
