#include "layers/snapshot/unpack_image.h"

#include <fmt/format.h>

#include <utility>

#include "layers/apply/layer_applier.h"
#include "layers/compress/codec.h"
#include "layers/store/key_lock.h"
#include "layers/store/produced_source.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

using Layers = std::vector<oci::DiffId>;

Layers Prefix(const Layers& layers, std::size_t length) {
  return {layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(length)};
}

void CheckCount(const oci::Manifest& manifest, const oci::ImageConfig& config) {
  if (manifest.layers.size() == config.diff_ids.size()) return;
  throw Error(ErrorKind::kCorrupt,
              fmt::format("the manifest has {} layers, the configuration {} (rootfs.diff_ids)",
                          manifest.layers.size(), config.diff_ids.size()));
}

// Reports how much of the blob has been read, and notices its end: only then is it verified.
class WatchedSource final : public ByteSource {
 public:
  WatchedSource(std::unique_ptr<ByteSource> content, std::uint64_t total, Activity& activity)
      : content_(std::move(content)), total_(total), activity_(activity) {}

  std::size_t Read(std::span<std::byte> buffer) override {
    const std::size_t count = content_->Read(buffer);
    done_ += count;
    if (done_ - reported_ >= kReportEvery || count == 0) {
      activity_.Advance(reported_ = done_, total_);
    }
    return count;
  }

 private:
  static constexpr std::uint64_t kReportEvery = 4u << 20;

  std::unique_ptr<ByteSource> content_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::uint64_t reported_ = 0;
  Activity& activity_;
};

// The plain tar of a layer blob. Decompressing has a thread of its own beside the one that writes
// files; Copy reads the compressed stream to its very end, which proves its digest.
std::unique_ptr<ByteSource> OpenPlain(Store& store, const oci::Descriptor& layer,
                                      Activity& activity) {
  auto blob = std::make_unique<WatchedSource>(store.blobs().Open(layer), layer.size, activity);
  std::shared_ptr<ByteSource> plain = Decompress(std::move(blob));
  return ProduceInBackground([plain](ByteSink& sink) { Copy(*plain, sink); });
}

// What ApplyLayer did not need to read (zeros after the end of the tar) still belongs to the blob.
void ReadToEnd(ByteSource& source) {
  NullSink sink;
  Copy(source, sink);
}

struct LayerToUnpack {
  const oci::Descriptor& blob;
  const Layers stack;  // ends with the layer itself
};

void Unpack(Store& store, const LayerToUnpack& layer, Activity& activity) {
  const LayerStore& layers = store.layer_directories();
  const oci::DiffId& wanted = layer.stack.back();
  const auto below = layers.FindStack(Prefix(layer.stack, layer.stack.size() - 1));
  if (!below) throw Error(ErrorKind::kInternal, "a layer was unpacked before those below it");

  StagedLayer staged = layers.Stage();
  const std::unique_ptr<ByteSource> tar = OpenPlain(store, layer.blob, activity);
  const AppliedLayer applied = ApplyLayer(*tar, staged.upper(), LayeredTree(*below));
  ReadToEnd(*tar);
  if (applied.diff_id != wanted) {
    throw Error(ErrorKind::kCorrupt,
                fmt::format("its content has the digest {}, the image's configuration says {}",
                            applied.diff_id.ToString(), wanted.ToString()))
        .WithHint("the image is damaged or was tampered with; pull it again or from elsewhere");
  }
  const PackedLayer packed{.diff_id = wanted, .size = applied.tar_size, .options = {}};
  if (applied.depends_on_lower) {
    layers.CommitAbove(std::move(staged), packed, layer.stack);
  } else {
    layers.Commit(std::move(staged), packed, TarForm::kForeign);
  }
}

// A decoder trips over damage before the end of the blob, which is where its digest is proved. So
// the blob is read by itself: one that is not what its name says is set aside and named.
void UnpackOrBlame(Store& store, const LayerToUnpack& layer, Activity& activity) {
  try {
    Unpack(store, layer, activity);
  } catch (const Error& error) {
    const bool may_be_damage = error.kind() == ErrorKind::kCorrupt ||
                               error.kind() == ErrorKind::kInvalidInput ||
                               error.kind() == ErrorKind::kUnsupported;
    if (may_be_damage && store.blobs().Has(layer.blob.digest)) {
      ReadToEnd(*store.blobs().Open(layer.blob));
    }
    throw;
  }
}

void UnpackIfMissing(Store& store, const LayerToUnpack& layer, Reporter& reporter) {
  const LayerStore& layers = store.layer_directories();
  if (layers.FindStack(layer.stack)) return;
  const KeyLock single_flight =
      KeyLock::Acquire(store.layout().LayerLock(layer.stack.back().digest),
                       FileLock::Mode::kExclusive, "another process that unpacks the layer");
  if (layers.FindStack(layer.stack)) return;  // another process was at it
  Activity activity(reporter, "unpack " + layer.blob.digest.Short());
  InContext(fmt::format("unpacking layer {}", layer.blob.digest.ToString()),
            [&] { UnpackOrBlame(store, layer, activity); });
  activity.Done(FormatByteSize(layer.blob.size));
}

}  // namespace

std::vector<std::filesystem::path> UnpackImage(Store& store, const oci::Manifest& manifest,
                                               const oci::ImageConfig& config, Reporter& reporter) {
  CheckCount(manifest, config);
  const LayerStore& layers = store.layer_directories();
  if (auto stack = layers.FindStack(config.diff_ids)) return *stack;
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    const LayerToUnpack layer{.blob = manifest.layers[i], .stack = Prefix(config.diff_ids, i + 1)};
    UnpackIfMissing(store, layer, reporter);
  }
  auto stack = layers.FindStack(config.diff_ids);
  if (!stack) throw Error(ErrorKind::kInternal, "a layer vanished while its image was unpacked");
  return *stack;
}

}  // namespace ibuild::layers
