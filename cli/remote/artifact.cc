#include "cli/remote/artifact.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "cli/remote/open_image.h"
#include "cli/wiring.h"
#include "layers/store/store.h"
#include "oci/media_type.h"
#include "support/clean_path.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/files.h"
#include "support/rooted_dir.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

constexpr const char* kTitle = "org.opencontainers.image.title";
constexpr const char* kCreated = "org.opencontainers.image.created";
constexpr const char* kUnknownType = "application/vnd.unknown.artifact.v1";
constexpr const char* kAnyFile = "application/vnd.oci.image.layer.v1.tar";

oci::Descriptor KeepFile(Wiring& wiring, const ArtifactFile& file) {
  const auto writer = wiring.store().NewBlob();
  FdSource content(OpenFile(file.path, O_RDONLY));
  Copy(content, *writer);
  writer->Finish();
  writer->Publish();
  oci::Descriptor blob = writer->Describe(file.media_type);
  const std::filesystem::path path(file.path);
  blob.annotations[kTitle] = path.is_absolute() ? path.filename().string() : file.path;
  return blob;
}

std::string Created(Wiring& wiring) {
  const auto epoch = wiring.settings().source_date_epoch;
  return FormatRfc3339(epoch ? UnixTime{*epoch, 0} : UnixTime{Now().seconds, 0});
}

}  // namespace

ArtifactFile ArtifactFile::Parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || text.find('/', colon) == std::string::npos) {
    return {text, kAnyFile};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

oci::Descriptor MakeArtifact(Wiring& wiring, const ArtifactRequest& request,
                             CombinedSource& parts) {
  const oci::Descriptor empty = parts.AddText(oci::kOciEmpty, "{}");
  oci::Manifest manifest{.media_type = std::string(oci::kOciManifest),
                         .artifact_type = request.type.empty() ? kUnknownType : request.type,
                         .config = empty,
                         .layers = {},
                         .subject = request.subject,
                         .annotations = request.annotations};
  for (const ArtifactFile& file : request.files) {
    manifest.layers.push_back(KeepFile(wiring, file));
    parts.AddBlob(wiring.store().blobs(), manifest.layers.back());
  }
  // Registries do not all take a manifest without layers.
  if (manifest.layers.empty()) manifest.layers.push_back(empty);
  manifest.annotations.emplace(kCreated, Created(wiring));
  oci::Descriptor root = parts.AddText(manifest.media_type, oci::Serialize(manifest));
  root.artifact_type = manifest.artifact_type;
  root.annotations = manifest.annotations;
  return root;
}

std::vector<std::string> WriteArtifactFiles(oci::BlobSource& blobs, const oci::Descriptor& root,
                                            const std::filesystem::path& directory) {
  const oci::ManifestOrIndex document = ReadDocument(blobs, root);
  const auto* manifest = std::get_if<oci::Manifest>(&document);
  if (manifest == nullptr) throw Error(ErrorKind::kInvalidInput, "it is an index, no artifact");
  std::vector<std::string> names;
  for (const oci::Descriptor& layer : manifest->layers) {
    const auto title = layer.annotations.find(kTitle);
    if (title == layer.annotations.end()) continue;
    const CleanPath path = CleanPath::Parse(title->second);
    if (path.IsRoot() || path.text() != title->second) {
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("{} is no name for a file here", Quote(title->second)));
    }
    MakeDirectories(directory / path.Parent().text());
    // No link in the directory leads out of it.
    const RootedDir root_dir = RootedDir::Open(directory.native());
    FdSink sink(root_dir.OpenAt(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644));
    Copy(*blobs.Open(layer), sink);
    sink.Finish();
    names.push_back(path.text());
  }
  return names;
}

}  // namespace ibuild::cli
