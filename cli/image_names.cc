#include "cli/image_names.h"

#include "cli/wiring.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

// docker.io stands for a registry that was not written.
bool IsShort(const oci::Reference& name, std::string_view text) {
  return name.repository().host.IsDockerHub() && !text.starts_with("docker.io/") &&
         !text.starts_with("index.docker.io/");
}

oci::Reference AtLocalhost(const oci::Reference& name) {
  constexpr std::string_view kLibrary = "library/";
  std::string path = name.repository().path;
  if (path.starts_with(kLibrary)) path.erase(0, kLibrary.size());
  return {{oci::RegistryHost::Parse("localhost"), path}, name.tag(), name.digest()};
}

// Nothing when it is no short name for this tool.
std::optional<oci::Reference> LocalhostName(const Settings& settings, std::string_view text) {
  if (!IsContainersTool(settings.tool)) return std::nullopt;
  try {
    const oci::Reference name = oci::Reference::Parse(text);
    if (IsShort(name, text)) return AtLocalhost(name);
  } catch (const Error&) {  // may be an id
  }
  return std::nullopt;
}

}  // namespace

oci::Reference NameToGive(const Settings& settings, std::string_view text) {
  oci::Reference name = oci::Reference::Parse(text);
  if (name.digest()) {
    throw Error(ErrorKind::kUsage, "a digest is not given: it is what the content has")
        .WithHint("name the image with a tag: `NAME:TAG`");
  }
  const auto local = LocalhostName(settings, text);
  return local ? *local : name;
}

std::optional<layers::FoundImage> LookUpNamed(Wiring& wiring, std::string_view text) {
  if (const auto local = LocalhostName(wiring.settings(), text)) {
    if (auto found = layers::LookUpImage(wiring.store(), local->ToString())) return found;
  }
  return layers::LookUpImage(wiring.store(), text);
}

layers::FoundImage FindNamed(Wiring& wiring, std::string_view text) {
  auto found = LookUpNamed(wiring, text);
  return found ? *std::move(found) : layers::FindImage(wiring.store(), text);
}

oci::Reference ReferenceTo(Wiring& wiring, const layers::FoundImage& image) {
  if (image.name) return *image.name;
  oci::Reference name({oci::RegistryHost::Parse("localhost"), "image"}, std::nullopt,
                      image.descriptor.digest);
  wiring.GiveImage(name, image.descriptor);
  return name;
}

std::string Displayed(const Settings& settings, const oci::Reference& name) {
  return IsContainersTool(settings.tool) ? name.ToString() : name.Familiar();
}

}  // namespace ibuild::cli
