#include "layers/store/layer_origins.h"

#include <fmt/format.h>

#include "layers/store/record_directory.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

std::string KeyOf(const oci::Digest& digest) {
  return oci::Digest::OfText("ibuild origin 1\n" + digest.ToString()).hex();
}

}  // namespace

void RememberOrigin(Store& store, const LayerOrigin& origin) {
  const std::string text =
      fmt::format("{} {} {} {}\n{}", origin.layer.ToString(), origin.blob.digest.ToString(),
                  origin.blob.size, origin.choice, origin.place);
  store.WriteRecord(KeyOf(origin.layer.digest), text);
  store.WriteRecord(KeyOf(origin.blob.digest), text);
}

void ForgetOrigin(Store& store, const oci::DiffId& layer) {
  const auto origin = FindOrigin(store, layer.digest);
  if (!origin) return;
  store.RemoveRecord(KeyOf(origin->blob.digest));
  store.RemoveRecord(KeyOf(layer.digest));
}

std::optional<LayerOrigin> FindOrigin(Store& store, const oci::Digest& digest) {
  const auto text = store.ReadRecord(KeyOf(digest));
  if (!text) return std::nullopt;
  const std::size_t end = text->find('\n');
  if (end == std::string::npos) return std::nullopt;
  const auto fields = Split(std::string_view(*text).substr(0, end), ' ');
  if (fields.size() != 4) return std::nullopt;
  const auto layer = oci::Digest::TryParse(fields[0]);
  const auto blob = oci::Digest::TryParse(fields[1]);
  const auto size = ParseUnsigned(fields[2]);
  if (!layer || !blob || !size) return std::nullopt;
  LayerOrigin origin{.layer = {*layer},
                     .blob = {.media_type = {}, .digest = *blob},
                     .choice = std::string(fields[3]),
                     .place = text->substr(end + 1)};
  origin.blob.size = *size;
  return origin;
}

bool HasOrigin(const SharedSession& session, const oci::Digest& digest) {
  return RecordDirectory(session).Read(KeyOf(digest)).has_value();
}

}  // namespace ibuild::layers
