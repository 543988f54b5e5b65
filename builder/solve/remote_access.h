// What reading from elsewhere needs of a build: ADD of URLs and repositories, and whose time
// SOURCE_DATE_EPOCH takes.
#pragma once

#include "builder/build.h"
#include "builder/cache/cache_index.h"
#include "builder/secrets/secret_store.h"

namespace ibuild::builder {

// All of it outlives whoever is given it.
struct RemoteAccess {
  const BuildRequest& request;
  const BuildPorts& ports;
  CacheIndex& cache;
  SecretStore& secrets;
};

}  // namespace ibuild::builder
