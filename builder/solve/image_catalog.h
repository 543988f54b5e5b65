// ImageCatalog: the images that a build names, each resolved once. Any thread.
#pragma once

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "builder/graph/op.h"
#include "builder/plan/planner.h"
#include "oci/image_resolver.h"
#include "support/task_pool.h"

namespace ibuild::builder {

class ImageCatalog {
 public:
  // Called with each image as soon as it is resolved.
  using Resolved = std::function<void(const oci::ResolvedImage&)>;

  // `resolver` must outlive it and bear several threads. `stop`: the user's wish.
  ImageCatalog(oci::ImageResolver& resolver, oci::PullPolicy policy, Resolved resolved = {},
               std::stop_token stop = {})
      : resolver_(resolver),
        policy_(policy),
        resolved_(std::move(resolved)),
        stop_(std::move(stop)) {}

  // Looks for several images side by side, in threads of its own; what goes wrong is thrown by the
  // Get() of that image.
  void Expect(const std::vector<NeededImage>& images);
  // Waits for these threads: a process with threads cannot enter a user namespace.
  void EndThreads() { threads_.reset(); }

  // Stays valid as long as the catalog. Throws what ImageResolver::Resolve throws.
  const oci::ResolvedImage& Get(const oci::Reference& reference, const oci::Platform& platform);
  // The same of an image that was asked for before; null for any other.
  const oci::ResolvedImage* Known(const oci::Reference& reference, const oci::Platform& platform);
  // Makes the layer blobs available in the store, once. Throws kCancelled when asked to stop.
  void Fetch(const oci::Reference& reference, const oci::Platform& platform) {
    Fetch(reference, platform, stop_);
  }
  // Begins to do so in threads of its own, until the catalog goes; who needs the layers calls
  // Fetch(), and gets the error if there was one.
  void FetchBeside(const std::vector<NeededImage>& images);

 private:
  // What is known of one image; whoever comes first finds it out.
  struct Entry {
    std::mutex mutex;
    std::optional<oci::ResolvedImage> image;
    std::exception_ptr error;
    std::mutex fetching;
    bool fetched = false;
  };

  Entry& EntryOf(const oci::Reference& reference, const oci::Platform& platform);
  void Resolve(Entry& entry, const NeededImage& wanted);
  void Fetch(const oci::Reference& reference, const oci::Platform& platform,
             const std::stop_token& stop);

  oci::ImageResolver& resolver_;
  const oci::PullPolicy policy_;
  const Resolved resolved_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Entry>> images_;
  std::optional<TaskPool> threads_;  // before all else it goes: its tasks use the rest
};

}  // namespace ibuild::builder
