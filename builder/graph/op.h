// What a vertex of the build graph does.
//
// Ops are complete: variables are expanded, defaults applied, paths joined to WORKDIR. An op plus
// the content of its inputs determines its result, which is what the cache relies on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "oci/platform.h"
#include "oci/reference.h"
#include "sandbox/spec/spec.h"

namespace ibuild::builder {

using VertexId = std::size_t;  // index in BuildGraph::vertices

// FROM scratch: no layers.
struct ScratchOp {};

// FROM image, COPY --from=image, mount from=image.
struct ImageOp {
  oci::Reference reference;
  oci::Platform platform;
};

// Where files are taken from: a context of the build ("" is the main one) or the final state of
// another vertex.
struct ContextInput {
  std::string name;
};
struct VertexInput {
  VertexId vertex = 0;
};
using FileInput = std::variant<ContextInput, VertexInput>;

enum class CacheSharing { kShared, kPrivate, kLocked };

struct BindRunMount {
  FileInput from;
  std::string source;  // path in `from`
  bool writable = false;
};
struct CacheRunMount {
  std::string id;
  CacheSharing sharing = CacheSharing::kShared;
  std::optional<FileInput> from;  // what a new cache starts with
  std::string source;
  mode_t mode = 0755;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool read_only = false;
};
struct TmpfsRunMount {
  std::optional<std::uint64_t> size;
};
struct SecretRunMount {
  std::string id;
  std::optional<std::string> env;  // also, or only, as an environment variable
  bool has_file = true;
  bool required = false;
  mode_t mode = 0400;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};
struct SshRunMount {
  std::string id = "default";
  bool required = false;
  mode_t mode = 0600;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};
struct RunMountOp {
  std::string target;  // absolute
  std::variant<BindRunMount, CacheRunMount, TmpfsRunMount, SecretRunMount, SshRunMount> what;
};

// A heredoc that runs as a program of its own: /dev/pipes/<name>.
struct InlineScript {
  std::string name;
  std::string content;
};

struct RunOp {
  std::vector<std::string> argv;
  std::vector<std::string> env;         // ENV and ARG, in the order in which they took effect
  std::vector<std::string> proxy_env;   // given to the process after `env`; never part of a key
  std::string working_directory = "/";  // absolute, as written: may hold ".."
  std::string hostname = "buildkitsandbox";
  std::string user;
  NetworkMode network = NetworkMode::kDefault;
  SecurityMode security = SecurityMode::kSandbox;
  std::vector<RunMountOp> mounts;  // sorted by target
  std::vector<InlineScript> scripts;
  oci::Platform platform;
};

// One source of a COPY or ADD.
struct FileSource {  // paths or wildcard patterns in a context or vertex
  FileInput from;
  std::string pattern;
};
struct InlineSource {  // a heredoc
  std::string name;
  std::string content;
};
struct UrlSource {
  std::string url;
  std::string file_name;                // for a destination directory
  std::optional<std::string> checksum;  // "sha256:…"
};
struct GitSource {
  std::string remote;
  std::string ref;
  std::string subdirectory;
  bool keep_git_dir = false;
  std::optional<std::string> checksum;
  bool submodules = true;
  bool commit_times = false;
  bool fetch_by_commit = false;
};
using CopySource = std::variant<FileSource, InlineSource, UrlSource, GitSource>;

struct CopyOp {
  bool is_add = false;
  std::vector<CopySource> sources;
  std::string destination;           // absolute; a trailing slash means a directory
  std::optional<std::string> chown;  // "user[:group]" as written after expansion
  std::optional<std::string> chmod;  // octal or symbolic, validated
  bool link = false;
  bool parents = false;
  std::vector<std::string> exclude;
  std::optional<bool> unpack;
  std::vector<std::string> written_sources;  // as in the Dockerfile, for messages
};

// WORKDIR: makes the directory.
struct WorkdirOp {
  std::string path;  // absolute, clean
  std::string user;  // who owns what is created
};

using Op = std::variant<ScratchOp, ImageOp, RunOp, CopyOp, WorkdirOp>;

}  // namespace ibuild::builder
