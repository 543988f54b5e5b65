#include "builder/solve/image_catalog.h"

#include <algorithm>

#include "support/error.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kThreads = 8;  // they wait for servers

}  // namespace

ImageCatalog::Entry& ImageCatalog::EntryOf(const oci::Reference& reference,
                                           const oci::Platform& platform) {
  const std::scoped_lock lock(mutex_);
  auto& entry = images_[std::pair(reference.ToString(), platform.ToString())];
  if (!entry) entry = std::make_unique<Entry>();
  return *entry;
}

// Under the entry's lock: the others who want it wait.
void ImageCatalog::Resolve(Entry& entry, const NeededImage& wanted) {
  if (entry.image || entry.error) return;
  try {
    InContext("resolving image " + wanted.reference.Familiar(), [&] {
      oci::ResolvedImage image = resolver_.Resolve(wanted.reference, wanted.platform, policy_);
      if (resolved_) resolved_(image);
      entry.image = std::move(image);
    });
  } catch (...) {
    entry.error = std::current_exception();
  }
}

void ImageCatalog::Expect(const std::vector<NeededImage>& images) {
  if (images.size() < 2) return;  // Get() might as well
  threads_.emplace(std::min(images.size(), kThreads));
  for (const NeededImage& wanted : images) {
    threads_->Submit([this, wanted](const std::stop_token&) {
      Entry& entry = EntryOf(wanted.reference, wanted.platform);
      const std::scoped_lock lock(entry.mutex);
      Resolve(entry, wanted);
    });
  }
}

const oci::ResolvedImage& ImageCatalog::Get(const oci::Reference& reference,
                                            const oci::Platform& platform) {
  Entry& entry = EntryOf(reference, platform);
  const std::scoped_lock lock(entry.mutex);
  Resolve(entry, {reference, platform});
  if (entry.error) std::rethrow_exception(entry.error);
  return *entry.image;
}

const oci::ResolvedImage* ImageCatalog::Known(const oci::Reference& reference,
                                              const oci::Platform& platform) {
  Entry& entry = EntryOf(reference, platform);
  const std::scoped_lock lock(entry.mutex);
  return entry.image ? &*entry.image : nullptr;
}

void ImageCatalog::Fetch(const oci::Reference& reference, const oci::Platform& platform,
                         const std::stop_token& stop) {
  const oci::ResolvedImage& image = Get(reference, platform);
  Entry& entry = EntryOf(reference, platform);
  const std::scoped_lock lock(entry.fetching);
  if (entry.fetched) return;
  InContext("fetching image " + reference.Familiar(),
            [&] { resolver_.FetchLayers(reference, image, stop); });
  entry.fetched = true;
}

// An error is not lost: whoever needs the layers tries again, and is told.
void ImageCatalog::FetchBeside(const std::vector<NeededImage>& images) {
  if (images.empty()) return;
  threads_.emplace(std::min(images.size(), kThreads), stop_);
  for (const NeededImage& wanted : images) {
    threads_->Submit([this, wanted](const std::stop_token& stop) {
      try {
        Fetch(wanted.reference, wanted.platform, stop);
      } catch (const Error&) {
      }
    });
  }
}

}  // namespace ibuild::builder
