#include "layers/store/store_layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"

namespace ibuild::layers {
namespace {

bool IsKey(std::string_view key) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return key.size() == 64 && std::all_of(key.begin(), key.end(), is_hex);
}

}  // namespace

std::filesystem::path StoreLayout::Record(std::string_view key) const {
  if (!IsKey(key)) {
    throw Error(ErrorKind::kInternal, fmt::format("\"{}\" is not a cache key", key));
  }
  return cache() / key.substr(0, 2) / key;
}

std::filesystem::path StoreLayout::Compressed(const oci::DiffId& layer,
                                              std::string_view choice) const {
  return compressed() / fmt::format("{}.{}", layer.digest.hex(), choice);
}

}  // namespace ibuild::layers
