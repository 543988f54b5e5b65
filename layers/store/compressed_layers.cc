#include "layers/store/compressed_layers.h"

#include <fmt/format.h>

#include "layers/store/layer_origins.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr std::uint64_t kHighestLevel = 22;

std::optional<oci::Descriptor> FindElsewhere(Store& store, const oci::DiffId& layer,
                                             const CompressionChoice& choice) {
  const auto origin = FindOrigin(store, layer.digest);
  if (!origin || origin->choice != ChoiceName(choice)) return std::nullopt;
  return origin->blob;
}

}  // namespace

std::string ChoiceName(const CompressionChoice& choice) {
  switch (choice.compression) {
    case oci::Compression::kNone:
      return "none";
    case oci::Compression::kGzip:
      return fmt::format("gzip-{}", choice.level.value_or(kDefaultGzipLevel));
    case oci::Compression::kZstd:
      return fmt::format("zstd-{}", choice.level.value_or(kDefaultZstdLevel));
  }
  throw Error(ErrorKind::kInternal, "a compression without a name");
}

std::optional<CompressionChoice> ParseChoiceName(std::string_view name) {
  if (name == "none") return CompressionChoice{.compression = oci::Compression::kNone, .level = {}};
  const std::size_t dash = name.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto level = ParseUnsigned(name.substr(dash + 1));
  if (!level || *level > kHighestLevel) return std::nullopt;
  const std::string_view kind = name.substr(0, dash);
  if (kind != "gzip" && kind != "zstd") return std::nullopt;
  return CompressionChoice{
      .compression = kind == "gzip" ? oci::Compression::kGzip : oci::Compression::kZstd,
      .level = static_cast<int>(*level)};
}

std::optional<oci::Descriptor> ParseCompressedRecord(std::string_view text) {
  const auto parts = Split(Trim(text), ' ');
  if (parts.size() != 2) return std::nullopt;
  const auto digest = oci::Digest::TryParse(parts[0]);
  const auto size = ParseUnsigned(parts[1]);
  if (!digest || !size) return std::nullopt;
  oci::Descriptor blob{.media_type = {}, .digest = *digest};
  blob.size = *size;
  return blob;
}

std::optional<oci::Descriptor> FindCompressed(Store& store, const oci::DiffId& layer,
                                              const CompressionChoice& choice) {
  const auto text = ReadFileIfExists(store.layout().Compressed(layer, ChoiceName(choice)), 4096);
  auto blob = text ? ParseCompressedRecord(*text) : std::nullopt;
  if (!blob || !store.blobs().Has(blob->digest)) return FindElsewhere(store, layer, choice);
  return blob;
}

void RememberCompressed(Store& store, const oci::DiffId& layer, const CompressionChoice& choice,
                        const oci::Descriptor& blob) {
  PublishFile(*store.session(), store.layout().Compressed(layer, ChoiceName(choice)),
              {fmt::format("{} {}\n", blob.digest.ToString(), blob.size)});
}

}  // namespace ibuild::layers
