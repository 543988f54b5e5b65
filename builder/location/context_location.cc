#include "builder/location/context_location.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kImageScheme = "docker-image://";
constexpr std::string_view kLayoutScheme = "oci-layout://";
constexpr std::string_view kTargetScheme = "target:";

std::optional<ContextLocation> ParseRemote(std::string_view text) {
  if (auto git = ParseGitUrl(text, GitUrlUse::kContext)) return *std::move(git);
  if (text.starts_with("http://") || text.starts_with("https://")) {
    return UrlLocation{std::string(text)};
  }
  return std::nullopt;
}

ContextLocation ParseImage(std::string_view name) {
  if (name == "scratch") return ImageLocation{};
  return ImageLocation{oci::Reference::Parse(name)};
}

// A colon belongs to the path unless what follows is a tag and the rest of the text.
LayoutLocation ParseLayout(std::string_view text) {
  LayoutLocation layout;
  if (const std::size_t at = text.rfind("@sha256:"); at != std::string_view::npos) {
    layout.digest = oci::Digest::Parse(text.substr(at + 1));
    text = text.substr(0, at);
  }
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && oci::IsValidTag(text.substr(colon + 1))) {
    layout.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  if (text.empty()) {
    throw Error(ErrorKind::kInvalidInput, "an OCI layout needs a path")
        .WithHint("write oci-layout://PATH, then :TAG or @DIGEST");
  }
  layout.path = text;
  return layout;
}

}  // namespace

ContextLocation ParseMainContext(std::string_view text) {
  if (text == "-") return StandardInputLocation{};
  if (auto remote = ParseRemote(text)) return *std::move(remote);
  return DirectoryLocation{text};
}

ContextLocation ParseNamedContext(std::string_view text) {
  if (text.starts_with(kImageScheme)) return ParseImage(text.substr(kImageScheme.size()));
  if (text.starts_with(kLayoutScheme)) return ParseLayout(text.substr(kLayoutScheme.size()));
  if (text.starts_with(kTargetScheme)) {
    throw Error(ErrorKind::kUnsupported,
                fmt::format("{}: targets of a bake file are no build contexts here", Quote(text)))
        .WithHint("build that target first, then name its image: docker-image://NAME");
  }
  if (auto remote = ParseRemote(text)) return *std::move(remote);
  return DirectoryLocation{text};
}

}  // namespace ibuild::builder
