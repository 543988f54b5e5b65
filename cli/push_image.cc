#include "cli/push_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>

#include "cli/compression.h"
#include "cli/options.h"
#include "registry/client/registry_client.h"
#include "registry/client/stream_upload.h"
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

// Sends large layers while they are compressed; what a registry does not take so is sent
// afterwards.
class SentOnTheWay {
 public:
  SentOnTheWay(Wiring& wiring, const oci::Reference& target)
      : access_(wiring.registry().Open(target.repository(), registry::Access::kPush)) {
    access_.stop = wiring.stop();
  }

  std::unique_ptr<layers::LayerFollower> Follow(const layers::LayerInTheMaking& layer) {
    constexpr std::uint64_t kWorthIt = 16u << 20;
    if (layer.plain_size < kWorthIt || !registry::StreamUpload::IsOfUse(access_)) return nullptr;
    return std::make_unique<Follower>(*this, layer.recipe);
  }

  std::set<oci::Digest> Take() { return std::move(sent_); }

 private:
  class Follower final : public layers::LayerFollower {
   public:
    Follower(SentOnTheWay& owner, const std::string& recipe)
        : owner_(owner), upload_(owner.access_, recipe) {}
    void Write(std::span<const std::byte> bytes) override { upload_.Write(bytes); }
    void Finish(const oci::Descriptor& blob) override {
      if (!upload_.Finish(blob.digest)) return;
      const std::lock_guard lock(owner_.mutex_);
      owner_.sent_.insert(blob.digest);
    }

   private:
    SentOnTheWay& owner_;
    registry::StreamUpload upload_;
  };

  registry::RepositoryAccess access_;
  std::mutex mutex_;
  std::set<oci::Digest> sent_;
};

// In the form in which it travels, large layers being sent while they are compressed.
registry::PushRequest Prepare(Wiring& wiring, const PushJob& job,
                              const layers::ExportOptions& options) {
  layers::Store& store = wiring.store();
  const PushTarget& target = job.target;
  std::optional<SentOnTheWay> on_the_way;
  layers::ExportOptions exporting = options;
  if (layers::WouldCompress(store, job.root, options)) {
    registry::CheckMayPush(target.name.repository(), wiring.registry(), wiring.stop());
    on_the_way.emplace(wiring, target.name);
    exporting.follow = [&](const layers::LayerInTheMaking& layer) {
      return on_the_way->Follow(layer);
    };
  }
  wiring.BecomeRoot();  // layer directories are read with the owners that they have in the image
  const oci::Descriptor exportable =
      layers::MakeExportable(store, job.root, exporting, wiring.reporter());
  return {.target = target.by_digest ? target.name.WithDigest(exportable.digest) : target.name,
          .root = exportable,
          .mount_from = LikelyRepositories(store, target),
          .more_tags = {},
          .known_there = on_the_way ? on_the_way->Take() : std::set<oci::Digest>(),
          .foreign_layers = false,
          .stop = wiring.stop()};
}

std::vector<registry::PushReceipt> PushImages(Wiring& wiring, const std::vector<PushJob>& jobs,
                                              const layers::ExportOptions& options) {
  layers::Store& store = wiring.store();
  std::vector<registry::PushRequest> requests;
  for (const PushJob& job : jobs) requests.push_back(Prepare(wiring, job, options));
  std::vector<registry::PushReceipt> receipts =
      registry::PushAll(std::move(requests), store.blobs(), wiring.registry(), wiring.reporter());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const PushTarget& target = jobs[i].target;
    // `images --digests` and `inspect` say what the registry has.
    if (const auto named = store.names().Find(target.name); named && !target.by_digest) {
      store.names().Set({{target.name, *named, receipts[i].root.digest}});
    }
    ReportPush(wiring, receipts[i]);
  }
  return receipts;
}

registry::PushReceipt PushImage(Wiring& wiring, const oci::Descriptor& root,
                                const PushTarget& target, const layers::ExportOptions& options) {
  return PushImages(wiring, {{root, target}}, options).front();
}

void ReportPush(Wiring& wiring, const registry::PushReceipt& receipt) {
  wiring.FinishReporting();
  wiring.reporter().Log(LogLevel::kInfo, Summary(receipt));
}

void DeclareExportOptions(OptionSet& options, layers::ExportOptions& target) {
  options.Custom("--compression", "gzip|zstd|uncompressed", "Of layers that have none yet",
                 [&target](const std::string& text) {
                   target.compression.compression = ParseCompression(text);
                   target.compress_others = true;
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

void DeclareImagePart(OptionSet& options, oci::ImagePart& part) {
  options.Custom("--platform", "OS/ARCH", "Only the image of this platform",
                 [&part](const std::string& text) { part.platform = oci::Platform::Parse(text); });
  options.Switch("--all-platforms", "All images of an index, or fail", part.all);
}

}  // namespace ibuild::cli
