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

// Nothing when it is missing or damaged: then it is a neighbour that does not concern us, or
// whoever reads it will say what is wrong.
std::optional<oci::ManifestOrIndex> ReadIfPossible(Store& store, const oci::Descriptor& image) {
  try {
    if (!store.blobs().Has(image.digest)) return std::nullopt;
    return oci::ParseManifest(oci::ReadBlob(store.blobs(), image), image.media_type,
                              image.digest.ToString());
  } catch (const Error&) {
    return std::nullopt;
  }
}

// The digests by which an image may be asked for: its own, and the configs' of what it holds.
// NOLINTNEXTLINE(misc-no-recursion): kMaxNesting bounds it
std::vector<oci::Digest> IdsOf(Store& store, const oci::Descriptor& image, int nesting = 0) {
  std::vector<oci::Digest> ids = {image.digest};
  const auto document = nesting > kMaxNesting ? std::nullopt : ReadIfPossible(store, image);
  if (!document) return ids;
  if (const auto* manifest = std::get_if<oci::Manifest>(&*document)) {
    ids.push_back(manifest->config.digest);
    return ids;
  }
  for (const oci::Descriptor& child : std::get<oci::Index>(*document).manifests) {
    if (!oci::IsManifestType(child.media_type) && !oci::IsIndexType(child.media_type)) continue;
    const auto more = IdsOf(store, child, nesting + 1);
    ids.insert(ids.end(), more.begin(), more.end());
  }
  return ids;
}

// Images with one id may have several manifests: of other compression, or of Docker's types.
using Candidates = std::map<oci::Digest, std::vector<const NamedImage*>>;

Candidates FindById(Store& store, const std::vector<NamedImage>& all, std::string_view prefix) {
  Candidates candidates;
  if (prefix.empty()) return candidates;
  for (const NamedImage& image : all) {
    const auto ids = IdsOf(store, image.descriptor);
    if (std::any_of(ids.begin(), ids.end(),
                    [&](const oci::Digest& id) { return id.hex().starts_with(prefix); })) {
      candidates[ImageId(store, image.descriptor)].push_back(&image);
    }
  }
  return candidates;
}

FoundImage FoundByName(Store& store, const std::vector<NamedImage>& all, const NamedImage& image) {
  FoundImage found{.descriptor = image.descriptor, .names = {}, .name = image.name};
  const oci::Digest id = ImageId(store, image.descriptor);
  for (const NamedImage& other : all) {
    if (ImageId(store, other.descriptor) == id) found.names.push_back(other.name);
  }
  return found;
}

FoundImage FoundById(const std::vector<const NamedImage*>& images) {
  FoundImage found{.descriptor = images.front()->descriptor, .names = {}, .name = {}};
  for (const NamedImage* const image : images) found.names.push_back(image->name);
  return found;
}

[[noreturn]] void ThrowAmbiguous(std::string_view text, const Candidates& candidates) {
  std::vector<std::string> lines;
  for (const auto& [id, images] : candidates) {
    lines.push_back(fmt::format("{} ({})", images.front()->name.Familiar(), id.Short()));
  }
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("{} could be any of: {}", Quote(text), Join(lines, ", ")))
      .WithHint("give more digits, or a name");
}

[[noreturn]] void ThrowUnknown(Store& store, std::string_view text) {
  std::vector<std::string> names;
  for (const NamedImage& image : store.names().List()) names.push_back(image.name.Familiar());
  Error error(ErrorKind::kNotFound,
              fmt::format("there is no image {} in the store", Quote(PrintableText(text))));
  const auto name = ParseName(text);
  const auto near = name ? ClosestMatch(name->Familiar(), names, kNameEdits) : std::nullopt;
  const std::string lists = "`ibuild images` lists what there is";
  if (near) throw error.AddHint(fmt::format("did you mean `{}`? {}", *near, lists));
  throw error.AddHint(
      name ? fmt::format("{}; `ibuild pull {}` fetches from a registry", lists, name->Familiar())
           : lists);
}

}  // namespace

std::optional<FoundImage> LookUpImage(Store& store, std::string_view text) {
  const std::vector<NamedImage> all = store.names().List();
  if (const auto wanted = ParseName(text)) {
    for (const NamedImage& image : all) {
      if (Means(image, *wanted)) return FoundByName(store, all, image);
    }
  }
  const Candidates candidates = FindById(store, all, IdPrefix(text));
  if (candidates.size() > 1) ThrowAmbiguous(text, candidates);
  if (candidates.empty()) return std::nullopt;
  return FoundById(candidates.begin()->second);
}

FoundImage FindImage(Store& store, std::string_view text) {
  auto found = LookUpImage(store, text);
  if (!found) ThrowUnknown(store, text);
  return *std::move(found);
}

oci::Digest ImageId(Store& store, const oci::Descriptor& image) {
  if (!oci::IsManifestType(image.media_type)) return image.digest;
  const auto document = ReadIfPossible(store, image);
  const auto* manifest = document ? std::get_if<oci::Manifest>(&*document) : nullptr;
  return manifest != nullptr ? manifest->config.digest : image.digest;
}

}  // namespace ibuild::layers
