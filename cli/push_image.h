// Pushing an image of the store: what `ibuild push` and `ibuild build --push` share.
#pragma once

#include <vector>

#include "cli/options.h"
#include "cli/wiring.h"
#include "layers/archive/export.h"
#include "oci/present_image.h"
#include "registry/transfer/push.h"

namespace ibuild::cli {

struct PushTarget {
  oci::Reference name;
  bool by_digest = false;  // without a tag
  // Where layers of the image came from: the registry may have them there already.
  std::vector<oci::Repository> origins = {};
};

// Compresses what is not compressed yet and pushes it to `target`, having asked first whether it
// may. Says on the reporter what was sent.
registry::PushReceipt PushImage(Wiring& wiring, const oci::Descriptor& root,
                                const PushTarget& target, const layers::ExportOptions& options);

// Several in one go: what they share is sent once, tags are put last, and none before all else is
// there. In the order of `jobs`.
struct PushJob {
  oci::Descriptor root;
  PushTarget target;
};
std::vector<registry::PushReceipt> PushImages(Wiring& wiring, const std::vector<PushJob>& jobs,
                                              const layers::ExportOptions& options);

// Says on the reporter what was sent.
void ReportPush(Wiring& wiring, const registry::PushReceipt& receipt);

// The options that say how layers are compressed: --compression, --compression-level,
// --force-compression, --format.
void DeclareExportOptions(OptionSet& options, layers::ExportOptions& target);

// Those that choose of an image what is meant: --platform, --all-platforms.
void DeclareImagePart(OptionSet& options, oci::ImagePart& part);

}  // namespace ibuild::cli
