#include "cli/remote/image_location.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

struct Prefix {
  std::string_view text;
  PlaceKind kind;
};

// The first of a kind is the one that is written.
constexpr std::array kPrefixes = {
    Prefix{"docker://", PlaceKind::kRegistry},
    Prefix{"store:", PlaceKind::kStore},
    Prefix{"docker-daemon:", PlaceKind::kStore},
    Prefix{"containers-storage:", PlaceKind::kStore},
    Prefix{"oci:", PlaceKind::kOciLayout},
    Prefix{"ocidir://", PlaceKind::kOciLayout},
    Prefix{"oci-layout://", PlaceKind::kOciLayout},
    Prefix{"oci-archive:", PlaceKind::kOciArchive},
    Prefix{"docker-archive:", PlaceKind::kDockerArchive},
    Prefix{"dir:", PlaceKind::kDirectory},
};

const Prefix* FindPrefix(std::string_view text) {
  const auto found = std::find_if(kPrefixes.begin(), kPrefixes.end(), [&](const Prefix& prefix) {
    return text.starts_with(prefix.text);
  });
  return found == kPrefixes.end() ? nullptr : found;
}

// "DIR:TAG" or "DIR@sha256:…"; a path has no colon, as with skopeo.
void SplitPath(std::string_view text, ImageLocation& location) {
  const std::size_t digest = text.find("@sha256:");
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::size_t end = std::min(digest, colon);
  location.path = text.substr(0, end);
  location.image = end < text.size() ? text.substr(end + 1) : std::string_view();
}

}  // namespace

ImageLocation ImageLocation::ParsePrefixed(std::string_view text) {
  if (FindPrefix(text) != nullptr) return Parse(text);
  throw Error(ErrorKind::kUsage, fmt::format("{} does not say where the image is", Quote(text)))
      .WithHint(fmt::format("`docker://{}` is one in a registry", text));
}

ImageLocation ImageLocation::Parse(std::string_view text) {
  const Prefix* prefix = FindPrefix(text);
  ImageLocation location;
  if (prefix == nullptr) {
    location.image = text;
    return location;
  }
  location.kind = prefix->kind;
  text.remove_prefix(prefix->text.size());
  // "containers-storage:[overlay@/var/lib…]name": the store of another program is not looked at.
  if (prefix->text == "containers-storage:" && text.starts_with('[')) {
    text.remove_prefix(std::min(text.find(']'), text.size() - 1) + 1);
  }
  if (location.kind == PlaceKind::kRegistry || location.kind == PlaceKind::kStore) {
    location.image = text;
  } else if (location.kind == PlaceKind::kDirectory) {
    location.path = text;
  } else {
    SplitPath(text, location);
  }
  if (location.image.empty() && location.path.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("`{}` names nothing", prefix->text));
  }
  return location;
}

oci::Reference ImageLocation::Name() const { return oci::Reference::Parse(image); }

std::string ImageLocation::ToString() const {
  const auto prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(),
                                   [this](const Prefix& known) { return known.kind == kind; });
  std::string text(prefix->text);
  if (path.empty()) return text + image;
  text += path.native();
  if (image.empty()) return text;
  return text + (image.starts_with("sha256:") ? "@" : ":") + image;
}

}  // namespace ibuild::cli
