#include "cli/image_destination.h"

#include <fmt/format.h>

#include <array>

#include "cli/image_names.h"
#include "cli/push_image.h"
#include "cli/result_file.h"
#include "cli/wiring.h"
#include "layers/archive/directory_source.h"
#include "layers/archive/image_archive.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using Kind = ImageDestination::Kind;

struct Transport {
  std::string_view prefix;
  Kind kind;
};
constexpr std::array kTransports = {
    Transport{"docker://", Kind::kRegistry},
    Transport{"oci-archive:", Kind::kOciArchive},
    Transport{"docker-archive:", Kind::kDockerArchive},
    Transport{"oci:", Kind::kOciLayout},
    Transport{"dir:", Kind::kDirectory},
    Transport{"containers-storage:", Kind::kStore},
};

// A tag alone names nothing: in a layout it stands for itself.
oci::Reference NameInArchive(std::string_view text) {
  return oci::Reference::Parse(oci::IsValidTag(text) ? fmt::format("localhost/image:{}", text)
                                                     : std::string(text));
}

ImageDestination ParseFiles(Kind kind, std::string_view details) {
  ImageDestination destination{.kind = kind};
  const bool named = kind != Kind::kDirectory;
  const std::size_t colon = named ? details.find(':') : std::string_view::npos;
  destination.path = details.substr(0, colon);
  if (destination.path.empty()) throw Error(ErrorKind::kUsage, "the destination names no path");
  if (colon == std::string_view::npos) return destination;
  destination.name = kind == Kind::kDockerArchive ? oci::Reference::Parse(details.substr(colon + 1))
                                                  : NameInArchive(details.substr(colon + 1));
  return destination;
}

std::optional<ImageDestination> ParseTransport(const Settings* settings, std::string_view text) {
  for (const Transport& transport : kTransports) {
    if (!text.starts_with(transport.prefix)) continue;
    const std::string_view details = text.substr(transport.prefix.size());
    if (transport.kind == Kind::kRegistry) {
      return ImageDestination{.kind = Kind::kRegistry, .name = oci::Reference::Parse(details)};
    }
    if (transport.kind != Kind::kStore) return ParseFiles(transport.kind, details);
    const bool named_here = settings != nullptr;
    return ImageDestination{
        .kind = Kind::kStore,
        .name = named_here ? NameToGive(*settings, details) : oci::Reference::Parse(details)};
  }
  for (const std::string_view refused : {"docker-daemon:", "sif:", "ostree:"}) {
    if (!text.starts_with(refused)) continue;
    throw Error(ErrorKind::kUnsupported, fmt::format("images are not written to {}", Quote(text)))
        .WithHint("`oci:`, `oci-archive:`, `docker-archive:` and `docker://` are written");
  }
  return std::nullopt;
}

}  // namespace

ImageDestination ParseDestination(const Settings& settings, std::string_view text) {
  if (auto destination = ParseTransport(&settings, text)) return *std::move(destination);
  return {.kind = Kind::kStore, .name = NameToGive(settings, text)};
}

ImageDestination ParsePushDestination(std::string_view text) {
  if (auto destination = ParseTransport(nullptr, text)) return *std::move(destination);
  return {.kind = Kind::kRegistry, .name = oci::Reference::Parse(text)};
}

oci::Descriptor Deliver(Wiring& wiring, const oci::Descriptor& image,
                        const ImageDestination& destination, const layers::ExportOptions& options) {
  layers::Store& store = wiring.store();
  if (destination.kind == Kind::kStore) {
    store.names().Set({{*destination.name, image}});
    return image;
  }
  if (destination.kind == Kind::kRegistry) {
    return PushImage(wiring, image, {.name = *destination.name}, options).root;
  }
  wiring.BecomeRoot();
  layers::ExportOptions form = options;
  if (destination.kind == Kind::kDockerArchive) form.types = oci::TypeFamily::kDocker;
  const oci::Descriptor exported = layers::MakeExportable(store, image, form, wiring.reporter());
  layers::ArchivedImage archived{exported, {}};
  if (destination.name) archived.names.push_back(*destination.name);
  const auto kind = destination.kind == Kind::kDockerArchive ? layers::ArchiveKind::kDocker
                                                             : layers::ArchiveKind::kOci;
  if (destination.kind == Kind::kDirectory) {
    layers::WritePlainDirectory(store.blobs(), exported, destination.path);
    return exported;
  }
  if (destination.kind == Kind::kOciLayout) {
    layers::WriteLayoutDirectory(store.blobs(), kind, archived, destination.path);
    return exported;
  }
  ResultFile file(destination.path);
  layers::WriteArchive(store.blobs(), kind, {archived}, file.sink());
  file.Commit();
  return exported;
}

}  // namespace ibuild::cli
