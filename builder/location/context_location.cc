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

}  // namespace

ContextLocation ParseMainContext(std::string_view text) {
  if (text == "-") return StandardInputLocation{};
  if (auto remote = ParseRemote(text)) return *std::move(remote);
  return DirectoryLocation{text};
}

ContextLocation ParseNamedContext(std::string_view text) {
  if (text.starts_with(kImageScheme)) return ParseImage(text.substr(kImageScheme.size()));
  if (text.starts_with(kLayoutScheme)) {
    throw Error(ErrorKind::kUnsupported,
                fmt::format("{}: OCI layouts are no build contexts here", Quote(text)))
        .WithHint("`ibuild load` the layout, then name the image: docker-image://NAME");
  }
  if (text.starts_with(kTargetScheme)) {
    throw Error(ErrorKind::kUnsupported,
                fmt::format("{}: targets of a bake file are no build contexts here", Quote(text)))
        .WithHint("build that target first, then name its image: docker-image://NAME");
  }
  if (auto remote = ParseRemote(text)) return *std::move(remote);
  return DirectoryLocation{text};
}

}  // namespace ibuild::builder
