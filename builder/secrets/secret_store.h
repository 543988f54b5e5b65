// SecretStore: the secrets of a build (--secret), read when a step first mounts one.
//
// A secret is bytes, kept exactly, at most 500 KiB. It comes from a file, a variable of our
// environment or the standard output of a command. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "builder/build.h"
#include "support/secret.h"

namespace ibuild::builder {

class SecretStore {
 public:
  // `sources` must outlive it.
  explicit SecretStore(const std::map<std::string, SecretSource>& sources) : sources_(sources) {}

  // Nothing when the build has no secret of this id. Throws kInvalidInput `secret x too big. max
  // size 500KiB`, kNotFound when its file or variable is missing.
  std::optional<Secret> Find(const std::string& id);

 private:
  const std::map<std::string, SecretSource>& sources_;
  std::mutex mutex_;
  std::map<std::string, Secret> read_;
};

}  // namespace ibuild::builder
