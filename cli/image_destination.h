// Where an image goes, as podman and buildah write it: TRANSPORT:DETAILS.
//
//   docker://HOST/NAME[:TAG]     a registry
//   oci:DIR[:TAG]                an OCI layout
//   oci-archive:FILE[:TAG]       the same as a tar
//   docker-archive:FILE[:NAME]   what `docker load` reads
//   dir:DIR                      plain files
//   containers-storage:NAME      the store
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/settings.h"
#include "layers/archive/make_exportable.h"
#include "oci/reference.h"

namespace ibuild::cli {

class Wiring;

struct ImageDestination {
  enum class Kind { kStore, kRegistry, kOciLayout, kOciArchive, kDockerArchive, kDirectory };
  Kind kind = Kind::kStore;
  std::string path = {};                    // of files
  std::optional<oci::Reference> name = {};  // in the store or registry; in an archive if given
};

// Without a transport it is a name in the store. Throws kUsage, kUnsupported.
ImageDestination ParseDestination(const Settings& settings, std::string_view text);
// The same for `push`: without a transport it is a name in a registry.
ImageDestination ParsePushDestination(std::string_view text);

// Returns what arrived there: the digest of a registry's manifest, for example.
oci::Descriptor Deliver(Wiring& wiring, const oci::Descriptor& image,
                        const ImageDestination& destination, const layers::ExportOptions& options);

}  // namespace ibuild::cli
