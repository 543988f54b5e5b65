// Cache mounts that leave the machine: from a directory of the store to a shared cache, and back.
//
// What travels and how it is merged is said in layers/shared; here are the locks, the documents,
// and what this machine remembers to have seen where. Whoever calls has become root in the user
// namespace of the store. Everything throws Error; whether that matters is the caller's to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "builder/cache/answers.h"
#include "layers/store/store.h"
#include "oci/shared_cache.h"
#include "support/report.h"

namespace ibuild::builder {

// Which mounts a cache is to bring or to take, by what the Dockerfile calls them.
struct MountChoice {
  bool all = false;
  std::set<std::string> ids = {};

  bool Any() const { return all || !ids.empty(); }
  // A mount whose id begins with "home:" stays on its machine, unless it is asked for by name.
  bool Has(const std::string& id) const;
};

struct LocalMount {
  oci::Digest name;  // SharedMount's
  std::string id;
};

// Those that a step has used; of a private one, the copy that is used first.
std::vector<LocalMount> ListMounts(const layers::Store& store);

struct MountDestination {
  std::string place;
  oci::SharedCache& cache;
  const SigningKey* key = nullptr;  // then only what it signed is merged with
  std::uint64_t limit = 0;          // bytes of content of a mount; 0: none
  bool wait = false;                // for steps that use a mount; else it is left out
};

struct SentMounts {
  std::size_t mounts = 0;
  std::uint64_t bytes = 0;  // of content
  std::uint64_t sent = 0;   // that the cache did not have
  std::size_t left_out = 0;
  std::size_t in_use = 0;  // mounts
};

SentMounts SendMounts(layers::Store& store, const std::vector<LocalMount>& mounts,
                      const MountDestination& to, Reporter& reporter, std::stop_token stop = {});

// One of the forms of a mount that a cache has.
struct MountOrigin {
  std::string place;
  oci::SharedCache* cache;
  SharedMount mount;
};

struct MountToFill {
  std::filesystem::path directory;
  std::string name;     // of the directory, once it is a mount of the store
  bool is_new = false;  // empty, and not a mount yet; else nobody else uses it
};

// Whether what is there was brought here, or sent from here, in the life of this mount.
bool WasSeen(const layers::Store& store, const MountOrigin& origin);
// A directory of that name begins anew: it has none of what the one before had.
void ForgetSeen(layers::Store& store, const std::string& name);
// Fills a new directory, or brings what is newer into one that is here, and remembers that.
// `origins`: of one mount.
void ReceiveMounts(layers::Store& store, const std::vector<MountOrigin>& origins,
                   const MountToFill& into, Reporter& reporter);

}  // namespace ibuild::builder
