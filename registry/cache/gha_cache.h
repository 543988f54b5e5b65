// A shared cache in the cache service of GitHub Actions, version 2 of its protocol: type=gha.
//
// Entries are written once and found by their key, or by the beginning of one, the newest first. A
// layer is the entry "ibuild-blob-<hex>"; a document is a new entry "ibuild-answers-<scope>-<n>"
// each time, and readers take the newest. Of two writers at once the later one's document is read;
// the other's records come back with that job's next build.
#pragma once

#include <string>

#include "oci/shared_cache.h"
#include "registry/http/transport.h"
#include "support/secret.h"

namespace ibuild::registry {

struct GhaSettings {
  std::string service;  // ACTIONS_RESULTS_URL
  Secret token;         // ACTIONS_RUNTIME_TOKEN
  std::string scope = "ibuild";
};

class GhaCache final : public oci::SharedCache {
 public:
  // `transport` must outlive it.
  GhaCache(Transport& transport, GhaSettings settings, std::stop_token stop = {})
      : transport_(transport), settings_(std::move(settings)), stop_(std::move(stop)) {}

  std::optional<std::string> ReadAnswers(std::stop_token stop) override;
  void WriteAnswers(const Merge& merge) override;
  bool Has(const oci::Descriptor& blob) override;
  std::unique_ptr<ByteSource> Open(const oci::Descriptor& blob) override;
  void Put(const oci::Descriptor& blob,
           const std::function<std::unique_ptr<ByteSource>()>& open) override;

 private:
  std::string Call(std::string_view method, const std::string& body, std::stop_token stop);
  // Where the newest entry is whose key is `key` or begins with `prefix`; empty: there is none.
  std::string Find(const std::string& key, const std::string& prefix, std::stop_token stop);
  HttpResponse Download(const std::string& url, std::stop_token stop);
  void Upload(const std::string& key, RequestBody body);

  Transport& transport_;
  GhaSettings settings_;
  std::stop_token stop_;
};

}  // namespace ibuild::registry
