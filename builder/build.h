// Build(): the phases of a build, in order. This header is the builder's whole promise to cli/.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/copy/source_limit.h"
#include "layers/store/store.h"
#include "oci/image_resolver.h"
#include "sandbox/executor.h"
#include "support/report.h"
#include "support/source_text.h"

namespace ibuild::builder {

class CacheExport;
class SharedCaches;

// Where a secret's bytes come from; read only by a step that mounts it.
struct SecretSource {
  std::optional<std::filesystem::path> file;
  std::optional<std::string> environment;  // name of a variable
  std::optional<std::string> command;      // run by /bin/sh, standard output is the secret
};

// What can serve as a context: a directory here, or an image.
struct ContextSource {
  std::filesystem::path directory;              // empty: there is none
  std::optional<oci::Reference> image;          // docker-image://
  bool apply_ignore_file = true;                // false for archives and Git checkouts
  bool keep_owners = false;                     // true for archives; else everything is 0:0
  std::optional<std::string> ignore_file_text;  // instead of the .dockerignore in the directory
  std::optional<std::int64_t> made_at;          // seconds: of a commit, or what the server says
};

// How much the RUN steps may do beyond the default.
struct Entitlements {
  bool network_host = false;
  bool security_insecure = false;
  bool shared_proc = false;  // also where steps reach each other through /proc
};

struct StepOptions {
  ResourceLimits limits;
  NetworkMode network = NetworkMode::kDefault;
  std::vector<std::string> extra_hosts;
  std::optional<std::uint64_t> shm_size;
  std::vector<std::string> ulimits;
  std::chrono::seconds stop_timeout{10};  // from SIGTERM to SIGKILL for a step that is cancelled
  Entitlements entitlements;
};

struct CacheOptions {
  bool no_cache = false;
  std::vector<std::string> no_cache_stages;
  bool explain = false;  // say for every miss what differs
};

struct BuildRequest {
  SourceText dockerfile{"Dockerfile", ""};
  ContextSource context;
  std::map<std::string, ContextSource> named_contexts;
  std::map<std::string, std::string> build_args;
  std::map<std::string, std::string> labels;
  std::string target;                    // empty: the last stage
  std::vector<oci::Platform> platforms;  // empty: the host's
  oci::PullPolicy pull = oci::PullPolicy::kMissing;
  // Seconds; the time of all that the build makes, when no build argument and no global ARG
  // SOURCE_DATE_EPOCH says another.
  std::optional<std::int64_t> source_date_epoch;
  bool clamp_times = false;  // also files that were there before get no later time than that
  bool strict = false;
  SourceLimit source_limit;
  StepOptions steps;
  CacheOptions cache;
  // Whether the result needs the layers of this base in the store, even when no step does. Empty:
  // no base's.
  std::function<bool(const oci::Reference& base)> needs_layers_of;
  std::map<std::string, SecretSource> secrets;
  std::map<std::string, std::filesystem::path> ssh_agents;  // id -> socket
};

// The concrete things a build works with; all outlive it.
struct BuildPorts {
  layers::Store& store;
  oci::ImageResolver& resolver;
  Executor& executor;
  Reporter& reporter;
  // Called before the first thing that needs root in a namespace (EnterUserNamespace).
  std::function<void()> become_root;
  // Reads a URL for ADD; set by cli from registry/http. Headers: name -> value.
  std::function<void(const std::string& url, const std::map<std::string, std::string>& headers,
                     ByteSink& sink, std::map<std::string, std::string>& response_headers)>
      fetch_url;
  std::stop_token stop;
  SharedCaches* shared = nullptr;  // --cache-from, asked already
  CacheExport* written = nullptr;  // --cache-to; the caller finishes it
};

struct BuiltImage {
  oci::Platform platform;
  oci::Descriptor manifest;  // in the store's blobs, layers plain
  oci::Descriptor config;
  std::vector<oci::DiffId> layers;
};

struct BuildResult {
  oci::Descriptor root;  // the manifest, or an index for several platforms
  std::vector<BuiltImage> images;
  std::size_t steps = 0;
  std::size_t cached_steps = 0;
};

// Throws Error; a failed RUN is kStepFailed with an excerpt of the Dockerfile.
BuildResult Build(const BuildRequest& request, const BuildPorts& ports);

}  // namespace ibuild::builder
