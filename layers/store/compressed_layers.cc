#include "layers/store/compressed_layers.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::layers {

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
  if (!text) return std::nullopt;
  auto blob = ParseCompressedRecord(*text);
  if (!blob || !store.blobs().Has(blob->digest)) return std::nullopt;
  return blob;
}

void RememberCompressed(Store& store, const oci::DiffId& layer, const CompressionChoice& choice,
                        const oci::Descriptor& blob) {
  PublishFile(*store.session(), store.layout().Compressed(layer, ChoiceName(choice)),
              fmt::format("{} {}\n", blob.digest.ToString(), blob.size));
}

}  // namespace ibuild::layers
