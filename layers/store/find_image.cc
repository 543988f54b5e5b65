#include "layers/store/find_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "oci/blob_store.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr std::size_t kShortestId = 4;
constexpr std::size_t kNameEdits = 3;
constexpr int kMaxNesting = 4;  // of indexes

std::optional<oci::Reference> ParseName(std::string_view text) {
  try {
    return oci::Reference::Parse(text);
  } catch (const Error&) {  // may still be an id
    return std::nullopt;
  }
}

// A name of the index that means what `wanted` asks for: the same name, or for name@digest an
// image of that repository with that digest.
bool Means(const NamedImage& image, const oci::Reference& wanted) {
  if (image.name == wanted) return true;
  return wanted.digest() && image.name.repository() == wanted.repository() &&
         image.descriptor.digest == *wanted.digest();
}

std::string_view IdPrefix(std::string_view text) {
  constexpr std::string_view kAlgorithm = "sha256:";
  if (text.starts_with(kAlgorithm)) text.remove_prefix(kAlgorithm.size());
  const bool is_hex = text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_hex && text.size() >= kShortestId ? text : std::string_view();
}

// The digests by which an image may be asked for: its own, and the configs' of what it holds.
// NOLINTNEXTLINE(misc-no-recursion): kMaxNesting bounds it
std::vector<oci::Digest> IdsOf(Store& store, const oci::Descriptor& image, int nesting = 0) {
  std::vector<oci::Digest> ids = {image.digest};
  if (nesting > kMaxNesting || !store.blobs().Has(image.digest)) return ids;
  const auto document = oci::ParseManifest(oci::ReadBlob(store.blobs(), image), image.media_type,
                                           image.digest.ToString());
  if (const auto* manifest = std::get_if<oci::Manifest>(&document)) {
    ids.push_back(manifest->config.digest);
    return ids;
  }
  for (const oci::Descriptor& child : std::get<oci::Index>(document).manifests) {
    if (!oci::IsManifestType(child.media_type) && !oci::IsIndexType(child.media_type)) continue;
    const auto more = IdsOf(store, child, nesting + 1);
    ids.insert(ids.end(), more.begin(), more.end());
  }
  return ids;
}

FoundImage Found(const std::vector<NamedImage>& all, const oci::Descriptor& descriptor,
                 std::optional<oci::Reference> name) {
  FoundImage found{.descriptor = descriptor, .names = {}, .name = std::move(name)};
  for (const NamedImage& image : all) {
    if (image.descriptor.digest == descriptor.digest) found.names.push_back(image.name);
  }
  return found;
}

using Candidates = std::map<oci::Digest, const NamedImage*>;

Candidates FindById(Store& store, const std::vector<NamedImage>& all, std::string_view prefix) {
  Candidates candidates;
  if (prefix.empty()) return candidates;
  for (const NamedImage& image : all) {
    const auto ids = IdsOf(store, image.descriptor);
    if (std::any_of(ids.begin(), ids.end(),
                    [&](const oci::Digest& id) { return id.hex().starts_with(prefix); })) {
      candidates.emplace(image.descriptor.digest, &image);
    }
  }
  return candidates;
}

[[noreturn]] void ThrowAmbiguous(std::string_view text, const Candidates& candidates) {
  std::vector<std::string> lines;
  for (const auto& [digest, image] : candidates) {
    lines.push_back(fmt::format("{} ({})", image->name.Familiar(), digest.Short()));
  }
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("{} could be any of: {}", Quote(text), Join(lines, ", ")))
      .WithHint("give more digits, or a name");
}

[[noreturn]] void ThrowUnknown(std::string_view text, const std::vector<NamedImage>& all) {
  std::vector<std::string> names;
  for (const NamedImage& image : all) names.push_back(image.name.Familiar());
  Error error(ErrorKind::kNotFound,
              fmt::format("there is no image {}", Quote(PrintableText(text))));
  if (const auto name = ParseName(text)) {
    if (const auto near = ClosestMatch(name->Familiar(), names, kNameEdits)) {
      error.AddHint(fmt::format("did you mean `{}`?", *near));
    }
  }
  error.AddHint("`ibuild images` lists what there is");
  throw error;
}

}  // namespace

FoundImage FindImage(Store& store, std::string_view text) {
  const std::vector<NamedImage> all = store.names().List();
  if (const auto wanted = ParseName(text)) {
    for (const NamedImage& image : all) {
      if (Means(image, *wanted)) return Found(all, image.descriptor, image.name);
    }
  }
  const Candidates candidates = FindById(store, all, IdPrefix(text));
  if (candidates.size() > 1) ThrowAmbiguous(text, candidates);
  if (candidates.empty()) ThrowUnknown(text, all);
  return Found(all, candidates.begin()->second->descriptor, std::nullopt);
}

oci::Digest ImageId(Store& store, const oci::Descriptor& image) {
  if (!oci::IsManifestType(image.media_type)) return image.digest;
  const auto document = oci::ParseManifest(oci::ReadBlob(store.blobs(), image), image.media_type,
                                           image.digest.ToString());
  const auto* manifest = std::get_if<oci::Manifest>(&document);
  return manifest != nullptr ? manifest->config.digest : image.digest;
}

}  // namespace ibuild::layers
