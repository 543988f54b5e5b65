#include "layers/archive/plain_layers.h"

#include <filesystem>
#include <string>

namespace ibuild::layers {
namespace {

std::string RecordKey(const oci::Digest& layer) {
  return oci::Digest::OfText("ours to compress\n" + layer.ToString()).hex();
}

}  // namespace

// What we make has no blob: its tar is made from the layer directory.
bool IsOursToCompress(Store& store, const oci::Digest& plain_layer) {
  std::error_code ignored;
  const bool has_blob = std::filesystem::exists(store.layout().Blob(plain_layer), ignored);
  return !has_blob || store.ReadRecord(RecordKey(plain_layer)).has_value();
}

void NoteOursToCompress(Store& store, const oci::Digest& plain_layer) {
  store.WriteRecord(RecordKey(plain_layer), "1\n");
}

}  // namespace ibuild::layers
