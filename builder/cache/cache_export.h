// CacheExport: the caches of --cache-to, written while the build goes on.
//
// A layer that is done is compressed (once, also for a later push) and sent while later steps run;
// what a cache has is not sent. Finish() waits for that and then writes the documents, each merged
// with what others wrote meanwhile. Whatever goes wrong with a cache is told in one line and is no
// failure of the build. Any thread, but for Finish.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/cache/answers.h"
#include "builder/cache/shared_caches.h"
#include "layers/compress/codec.h"
#include "layers/store/store.h"
#include "oci/shared_cache.h"
#include "support/report.h"
#include "support/task_pool.h"

namespace ibuild::builder {

struct CacheTarget {
  std::string place;
  std::shared_ptr<oci::SharedCache> cache;
  bool all_layers = false;  // mode=max; else only those of the image, and the records of all steps
  std::optional<SigningKey> key;
  layers::CompressionChoice compression;
  MountChoice mounts = {};
  std::uint64_t mount_limit = 0;  // bytes of content of each; 0: none
};

class CacheExport {
 public:
  // `known`: where layers that are not in the store come from; null: nowhere. All outlive it.
  // `abandon`: asked to stop what is under way when this object goes unfinished.
  CacheExport(std::vector<CacheTarget> targets, layers::Store& store, Reporter& reporter,
              SharedCaches* known, std::stop_source abandon = {});
  ~CacheExport();
  CacheExport(const CacheExport&) = delete;
  CacheExport& operator=(const CacheExport&) = delete;

  // The build begins again: what it said so far counts no more. What was sent was sent.
  void StartOver();
  // A step that is done, now or in an earlier build.
  void AddStep(const oci::Digest& key, const CacheRecord& record, bool of_image);
  void AddSelection(const oci::Digest& subject, const std::string& value);
  void AddDocument(std::string media_type, std::string text);
  // A cache mount that a step of this build has used.
  void AddMount(LocalMount mount);
  // What the build was made of; the last one counts.
  void SetFacts(std::string text);
  // From now on there may be threads, and layers of this store can be read (EnterUserNamespace).
  void Start();
  // `become_root` is called when layers must be read and Start was not. Throws kCancelled only.
  void Finish(const std::function<void()>& become_root);

  // What a reader of an image made of these layers may take from its manifest (type=inline).
  std::string InlineText(const std::map<oci::DiffId, LayerBlob>& layers) const;

 private:
  struct Step {
    CacheRecord record;
    bool of_image = false;
  };
  struct Target;

  bool Wants(const Target& target, const Step& step) const;
  bool IsMissing(Target& target, const oci::Digest& key, const Step& step);
  void Submit(const oci::Digest& key, const Step& step);
  void Send(Target& target, const oci::Digest& key, const Step& step);
  LayerBlob BlobFor(const Target& target, const Step& step);
  void Upload(Target& target, const oci::DiffId& layer, const LayerBlob& blob);
  void WriteDocument(Target& target);
  Answers Ours(const Target& target) const;
  void AddFacts(Target& target, Answers& ours);
  void SendMountsTo(Target& target, const std::function<void()>& become_root);

  layers::Store& store_;
  Reporter& reporter_;
  SharedCaches* known_;
  std::stop_source abandon_;
  mutable std::mutex mutex_;
  bool started_ = false;
  std::map<oci::Digest, Step> steps_;
  std::map<oci::Digest, std::string> selections_;
  std::vector<SharedDocument> documents_;
  std::map<oci::Digest, LocalMount> mounts_;
  std::string facts_;  // empty: none
  std::vector<std::unique_ptr<Target>> targets_;
  TaskPool pool_;  // last: its tasks use the rest
};

}  // namespace ibuild::builder
