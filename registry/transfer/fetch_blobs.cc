#include "registry/transfer/fetch_blobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <set>

#include "oci/partial_blob.h"
#include "registry/client/blobs.h"
#include "support/error.h"
#include "support/task_pool.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

// Tells an activity what passes.
class ObservedSource final : public ByteSource {
 public:
  ObservedSource(std::unique_ptr<ByteSource> source, Activity& activity, std::uint64_t total)
      : source_(std::move(source)), activity_(activity), total_(total) {}

  std::size_t Read(std::span<std::byte> buffer) override {
    const std::size_t size = source_->Read(buffer);
    done_ += size;
    activity_.Advance(done_, total_);
    return size;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  Activity& activity_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
};

// What an earlier process, killed or cut off, has brought is not asked for again.
void Finish(const BlobClient& blobs, const oci::Descriptor& blob, oci::PartialBlob& partial,
            Activity& activity) {
  const std::uint64_t before = partial.size();
  if (before > 0) activity.Note(fmt::format("going on after {}", FormatByteSize(before)));
  if (before < blob.size || blob.size == 0) {
    const auto rest = blobs.OpenFrom(blob, before);
    FunctionSink sink([&](std::span<const std::byte> bytes) {
      partial.Write(bytes);
      activity.Advance(partial.size(), blob.size);
    });
    Copy(*rest, sink);
  }
  partial.Publish();
}

void FetchOne(const RepositoryAccess& access, const oci::Descriptor& blob, oci::BlobStore& store) {
  Activity activity(*access.reporter,
                    fmt::format("pull {} ({})", blob.digest.Short(), FormatByteSize(blob.size)));
  const auto fetch = [&](const RepositoryAccess& from) {
    auto* parts = dynamic_cast<oci::PartialStore*>(&store);
    const auto partial = parts == nullptr ? nullptr : parts->Continue(blob, from.stop);
    if (partial) {
      return Finish(BlobClient(from), blob, *partial, activity);
    }
    if (store.Has(blob.digest)) return activity.Note("another process has brought it");
    ObservedSource source(BlobClient(from).Open(blob), activity, blob.size);
    store.Put(blob, source);
  };
  try {
    fetch(access);
  } catch (const Error& error) {
    // Stopped because something else failed, or by the user, is not this blob's failure.
    if (error.kind() == ErrorKind::kCancelled) activity.Cancelled();
    if (error.kind() != ErrorKind::kCorrupt) throw;
    activity.Note("the bytes do not match their digest; once more from the start");
    RepositoryAccess registry_itself = access;
    registry_itself.past_mirrors = true;
    InContext(fmt::format("fetching blob {} again", blob.digest.ToString()),
              [&] { fetch(registry_itself); });
  }
  activity.Done();
}

}  // namespace

std::vector<oci::Descriptor> FetchOrder(const oci::Descriptor& config,
                                        const std::vector<oci::Descriptor>& layers) {
  std::vector<oci::Descriptor> order = {config};
  order.insert(order.end(), layers.begin(), layers.end());
  std::stable_sort(order.begin() + 1, order.end(),
                   [](const auto& a, const auto& b) { return a.size > b.size; });
  return order;
}

FetchSummary FetchBlobs(const RepositoryAccess& access, const std::vector<oci::Descriptor>& blobs,
                        oci::BlobStore& store, std::size_t jobs) {
  FetchSummary summary;
  std::set<oci::Digest> seen;
  TaskPool pool(jobs, access.stop);
  for (const oci::Descriptor& blob : blobs) {
    if (!seen.insert(blob.digest).second) continue;
    if (store.Has(blob.digest)) {
      ++summary.existed;
      continue;
    }
    ++summary.fetched;
    summary.bytes += blob.size;
    pool.Submit([&access, &blob, &store](std::stop_token stop) {
      RepositoryAccess mine = access;
      mine.stop = std::move(stop);
      FetchOne(mine, blob, store);
    });
  }
  pool.Wait();
  return summary;
}

}  // namespace ibuild::registry
