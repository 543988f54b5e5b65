// RUN --mount (Dockerfile reference, "RUN --mount"): one comma-separated value, read into a typed
// mount once its variables are known.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ibuild::parser {

enum class MountKind { kBind, kCache, kTmpfs, kSecret, kSsh };
enum class CacheSharing { kShared, kPrivate, kLocked };

struct RunMount {
  MountKind kind = MountKind::kBind;
  std::string from;        // stage, image or named context; empty: the build context
  std::string source;      // inside `from`; bind and cache
  std::string target;      // as written, not yet joined to WORKDIR; empty: WORKDIR itself, or for
                           // secret and ssh the kind's default
  bool read_only = false;  // bind: true unless rw; cache and tmpfs: false unless ro
  bool required = false;   // secret and ssh
  std::string id;          // cache, secret, ssh; empty: the kind's default
  CacheSharing sharing = CacheSharing::kShared;
  std::optional<std::uint64_t> size;  // tmpfs, bytes
  std::optional<std::uint32_t> mode;  // cache, secret, ssh; permission bits
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<std::string> env;  // secret: the variable that carries it
};

// Expands one option value ("from" is never passed to it); may throw.
using MountValueExpander = std::function<std::string(std::string_view)>;

// Throws Error(kInvalidInput) in Docker's wording (`unsupported mount type "bogus"`).
RunMount ParseRunMount(std::string_view csv, const MountValueExpander& expand);

// What can be told before variables are known: the shape, the keys, and everything when no value
// holds a `$`. Throws as ParseRunMount does.
void CheckRunMount(std::string_view csv);

std::string_view ToString(MountKind kind);
std::string_view ToString(CacheSharing sharing);

}  // namespace ibuild::parser
