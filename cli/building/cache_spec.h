// --cache-from and --cache-to: which shared caches a build reads and writes.
//
//   --cache-from user/app:cache       --cache-to type=registry,ref=user/app:cache,mode=max
//   --cache-from type=local,src=DIR   --cache-to type=local,dest=DIR,sign=key.pem
//   --cache-to type=inline            --cache-to type=s3,bucket=NAME,region=eu-central-1
//   --cache-to type=gha,scope=main    --cache-to user/app:cache,mounts=go-build,go-mod
//
// Types and keys are those of docker buildx, with `sign`, `trust`, `mounts` and `mount-limit` of
// ours. Keys that ask for what is always or never so here are accepted and said once (`notes`);
// keys that nobody knows are errors.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "builder/cache/mount_travel.h"

namespace ibuild::cli {

enum class CacheType { kRegistry, kLocal, kInline, kS3, kGha };
enum class CacheUse { kRead, kWrite };

struct CacheSpec {
  CacheType type = CacheType::kRegistry;
  std::map<std::string, std::string> values;  // by key; those that mean something here
  std::vector<std::string> trust;             // files of public keys
  builder::MountChoice mounts = {};           // to be brought along: all when read, else none
  std::vector<std::string> notes;

  std::string Value(const std::string& key) const;  // empty: not given
  // What names the cache, to be parsed again: no keys, no passwords. src= also of what is written.
  std::string Place() const;
  std::uint64_t MountLimit() const;  // 0: none

 private:
  std::string Fields(std::initializer_list<const char*> keys) const;
  CacheSpec ReadForm() const;
};

// Throws kUsage.
CacheSpec ParseCache(std::string_view text, CacheUse use);
// From an environment variable: one a line. Empty lines count for nothing.
std::vector<CacheSpec> ParseCacheLines(std::string_view text, CacheUse use);

}  // namespace ibuild::cli
