// Artifacts: files in a registry, as a manifest whose layers they are (image-spec manifest.md,
// "Guidelines for Artifact Usage").
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/remote/combined_source.h"

namespace ibuild::cli {

class Wiring;

struct ArtifactFile {
  std::string path;        // which is also its title, unless it is absolute
  std::string media_type;  // "application/vnd.oci.image.layer.v1.tar" when not said

  static ArtifactFile Parse(const std::string& text);  // "FILE[:MEDIA-TYPE]"
};

struct ArtifactRequest {
  std::string type;  // "application/vnd.example+json"; empty: unknown
  std::vector<ArtifactFile> files;
  std::map<std::string, std::string> annotations;
  std::optional<oci::Descriptor> subject = {};
};

// The files become blobs of the store; the manifest is in `parts` with all that it names.
oci::Descriptor MakeArtifact(Wiring& wiring, const ArtifactRequest& request, CombinedSource& parts);

// Writes the layers that have titles as files below `directory`; returns their names. A title that
// leads out of it is kInvalidInput.
std::vector<std::string> WriteArtifactFiles(oci::BlobSource& blobs, const oci::Descriptor& root,
                                            const std::filesystem::path& directory);

}  // namespace ibuild::cli
