#include "layers/store/find_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "oci/blob_store.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/hex.h"
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
// image of that repository with that digest, be it the registry's.
bool Means(const NamedImage& image, const oci::Reference& wanted) {
  if (image.name == wanted) return true;
  return wanted.digest() && image.name.repository() == wanted.repository() &&
         (image.descriptor.digest == *wanted.digest() || image.remote == wanted.digest());
}

std::string_view IdPrefix(std::string_view text) {
  constexpr std::string_view kAlgorithm = "sha256:";
  if (text.starts_with(kAlgorithm)) text.remove_prefix(kAlgorithm.size());
  return IsLowerHex(text) && text.size() >= kShortestId ? text : std::string_view();
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

// A digest by which an image may be asked for, and which image that is: an index, or a manifest,
// be it the entry of an index.
struct Identity {
  oci::Digest asked;
  oci::Digest id;  // that people see
  oci::Descriptor image;
};

// NOLINTNEXTLINE(misc-no-recursion): kMaxNesting bounds it
void AddIdentities(Store& store, const oci::Descriptor& image, int nesting,
                   std::vector<Identity>& found) {
  const auto document = nesting > kMaxNesting ? std::nullopt : ReadIfPossible(store, image);
  if (!document) {
    found.push_back({image.digest, image.digest, image});
    return;
  }
  if (const auto* manifest = std::get_if<oci::Manifest>(&*document)) {
    const oci::Digest& id = manifest->config.digest;
    found.push_back({image.digest, id, image});
    found.push_back({id, id, image});
    return;
  }
  found.push_back({image.digest, image.digest, image});
  for (const oci::Descriptor& child : std::get<oci::Index>(*document).manifests) {
    if (!oci::IsManifestType(child.media_type) && !oci::IsIndexType(child.media_type)) continue;
    AddIdentities(store, child, nesting + 1, found);
  }
}

struct Candidate {
  oci::Descriptor descriptor;
  std::optional<oci::Reference> name;
};
// Images with one id may have several manifests: of other compression, or of Docker's types.
using Candidates = std::map<oci::Digest, std::vector<Candidate>>;

Candidates FindById(Store& store, const std::vector<NamedImage>& all, std::string_view prefix) {
  Candidates candidates;
  if (prefix.empty()) return candidates;
  const auto consider = [&](Candidate candidate) {
    std::vector<Identity> identities;
    AddIdentities(store, candidate.descriptor, 0, identities);
    const auto found = std::find_if(
        identities.begin(), identities.end(),
        [&](const Identity& identity) { return identity.asked.hex().starts_with(prefix); });
    if (found == identities.end()) return;
    candidate.descriptor = found->image;
    candidates[found->id].push_back(std::move(candidate));
  };
  for (const NamedImage& image : all) consider({image.descriptor, image.name});
  for (const oci::Descriptor& image : store.names().Untagged()) consider({image, std::nullopt});
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

FoundImage FoundById(const std::vector<Candidate>& images) {
  FoundImage found{.descriptor = images.front().descriptor, .names = {}, .name = {}};
  for (const Candidate& image : images) {
    if (image.name) found.names.push_back(*image.name);
  }
  return found;
}

[[noreturn]] void ThrowAmbiguous(std::string_view text, const Candidates& candidates) {
  std::vector<std::string> lines;
  for (const auto& [id, images] : candidates) {
    const auto& name = images.front().name;
    lines.push_back(fmt::format("{} ({})", name ? name->Familiar() : "<none>", id.Short()));
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
