// What a registry holds: repositories with blobs, manifests, tags and open uploads. No HTTP here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "oci/descriptor.h"

namespace ibuild::fakes {

struct StoredManifest {
  std::string media_type;
  std::string bytes;
};

struct FakeRepository {
  std::map<std::string, std::string> blobs;  // by digest text
  std::map<std::string, StoredManifest> manifests;
  std::map<std::string, std::string> tags;  // to digest
};

class RegistryModel {
 public:
  oci::Descriptor AddBlob(const std::string& repository, const std::string& media_type,
                          const std::string& bytes);
  oci::Descriptor AddManifest(const std::string& repository, const std::string& tag,
                              const std::string& media_type, const std::string& bytes);
  const std::string* FindBlob(const std::string& repository, const std::string& digest) const;
  // By tag or digest; gives the digest too.
  const StoredManifest* FindManifest(const std::string& repository, const std::string& selector,
                                     std::string& digest) const;
  // What a manifest names that is missing, as digest texts.
  std::vector<std::string> Missing(const std::string& repository, const std::string& bytes) const;

  std::string OpenUpload();
  std::string* FindUpload(const std::string& id);
  void CloseUpload(const std::string& id) { uploads_.erase(id); }

  const FakeRepository& repository(const std::string& name) { return repositories_[name]; }

 private:
  std::map<std::string, FakeRepository> repositories_;
  std::map<std::string, std::string> uploads_;
  int next_upload_ = 1;
};

// A little image: config, `layers` and manifest, in the repository under the tag.
struct SampleImage {
  oci::Descriptor manifest;
  oci::Descriptor config;
  std::vector<oci::Descriptor> layers;
  std::map<oci::Digest, std::string> bytes;  // everything, by digest
};
SampleImage MakeSampleImage(const std::vector<std::string>& layers,
                            const std::string& architecture = "amd64");
void AddImage(RegistryModel& model, const std::string& repository, const std::string& tag,
              const SampleImage& image);

}  // namespace ibuild::fakes
