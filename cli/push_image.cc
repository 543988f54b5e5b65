#include "cli/push_image.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/compression.h"
#include "cli/options.h"
#include "registry/client/registry_client.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// The repositories of the target's registry that images of this store came from: each is a likely
// place to mount a base layer from.
std::vector<oci::Repository> LikelyRepositories(layers::Store& store, const PushTarget& target) {
  constexpr std::size_t kMost = 3;  // every candidate may cost a request
  std::vector<oci::Repository> found;
  const auto consider = [&](const oci::Repository& repository) {
    const bool same_host = repository.host == target.name.repository().host;
    const bool known = std::find(found.begin(), found.end(), repository) != found.end();
    if (found.size() == kMost || !same_host || known) return;
    if (repository != target.name.repository()) found.push_back(repository);
  };
  for (const oci::Repository& origin : target.origins) consider(origin);
  for (const layers::NamedImage& image : store.names().List()) consider(image.name.repository());
  return found;
}

std::string Summary(const registry::PushReceipt& receipt) {
  if (receipt.unchanged) return fmt::format("{}: unchanged", receipt.reference.ToString());
  return fmt::format("pushed {}: {} blobs sent ({}), {} mounted, {} were there already",
                     receipt.reference.ToString(), receipt.sent, FormatByteSize(receipt.sent_bytes),
                     receipt.mounted, receipt.existed);
}

}  // namespace

registry::PushReceipt PushImage(Wiring& wiring, const oci::Descriptor& root,
                                const PushTarget& target, const layers::ExportOptions& options) {
  layers::Store& store = wiring.store();
  wiring.BecomeRoot();  // layer directories are read with the owners that they have in the image
  const oci::Descriptor exportable =
      layers::MakeExportable(store, root, options, wiring.reporter());
  const registry::PushRequest request{
      .target = target.by_digest ? target.name.WithDigest(exportable.digest) : target.name,
      .root = exportable,
      .mount_from = LikelyRepositories(store, target),
      .more_tags = {},
      .foreign_layers = false,
      .stop = wiring.stop()};
  registry::PushReceipt receipt =
      registry::Push(request, store.blobs(), wiring.registry(), wiring.reporter());
  // `images --digests` and `inspect` say what the registry has.
  if (const auto named = store.names().Find(target.name); named && !target.by_digest) {
    store.names().Set({{target.name, *named, receipt.root.digest}});
  }
  wiring.FinishReporting();
  wiring.reporter().Log(LogLevel::kInfo, Summary(receipt));
  return receipt;
}

void DeclareExportOptions(OptionSet& options, layers::ExportOptions& target) {
  options.Custom("--compression", "gzip|zstd|uncompressed", "Of layers that have none yet",
                 [&target](const std::string& text) {
                   target.compression.compression = ParseCompression(text);
                 });
  options.Custom("--compression-level", "N", "gzip 0 to 12, zstd 1 to 22",
                 [&target](const std::string& text) {
                   target.compression.level = ParseCompressionLevel(text);
                 });
  options.Switch("--force-compression", "Compress layers again that came compressed",
                 target.force_compression);
  options.Custom("-f,--format", "oci|docker", "Media types of manifest and layers",
                 [&target](const std::string& text) { target.types = ParseTypeFamily(text); });
}

}  // namespace ibuild::cli
