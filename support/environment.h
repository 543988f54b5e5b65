// The environment variables that ibuild reads, all of them, by name; read once, in cli/settings.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace ibuild {

struct EnvironmentVariable {
  std::string_view name;
  std::string_view meaning;
};

inline constexpr std::array kEnvironmentVariables = {
    EnvironmentVariable{"IBUILD_ROOT", "directory of the store"},
    EnvironmentVariable{"IBUILD_ISOLATION", "how commands run: auto, namespaces or chroot"},
    EnvironmentVariable{"IBUILD_CACHE_FROM", "shared caches to read, as --cache-from; one a line"},
    EnvironmentVariable{"IBUILD_CACHE_TO", "shared caches to write, as --cache-to; one a line"},
    EnvironmentVariable{"AWS_ACCESS_KEY_ID",
                        "of a cache in a bucket (also AWS_SECRET_ACCESS_KEY, …)"},
    EnvironmentVariable{"ACTIONS_RESULTS_URL", "the actions cache service (with its token)"},
    EnvironmentVariable{"IBUILD_PRUNE", "how large the build cache may get, as options of prune"},
    EnvironmentVariable{"IBUILD_SOURCE_LIMIT", "most bytes of a download or unpacked archive"},
    EnvironmentVariable{"SOURCE_DATE_EPOCH", "time stamp (seconds) for reproducible images"},
    EnvironmentVariable{"DOCKER_CONFIG", "directory of Docker's config.json"},
    EnvironmentVariable{"DOCKER_AUTH_CONFIG", "inline JSON with registry credentials"},
    EnvironmentVariable{"REGISTRY_AUTH_FILE", "file with registry credentials"},
    EnvironmentVariable{"XDG_RUNTIME_DIR", "where containers' tools keep auth.json"},
    EnvironmentVariable{"XDG_DATA_HOME", "parent of the default store"},
    EnvironmentVariable{"XDG_CONFIG_HOME", "parent of containers' configuration"},
    EnvironmentVariable{"HOME", "home directory"},
    EnvironmentVariable{"PATH", "where helper programs are looked up"},
    EnvironmentVariable{"NO_COLOR", "when set, no colour"},
    EnvironmentVariable{"TERM", "terminal type"},
    EnvironmentVariable{"SSH_AUTH_SOCK", "agent that --ssh default forwards"},
    EnvironmentVariable{"DOCKER_DEFAULT_PLATFORM", "default of --platform"},
    EnvironmentVariable{"BUILDKIT_PROGRESS", "default of --progress"},
    EnvironmentVariable{"OTEL_EXPORTER_OTLP_ENDPOINT",
                        "collector that builds send their trace to (also other OTEL_…)"},
    EnvironmentVariable{"TRACEPARENT", "the trace that a build is a part of"},
    EnvironmentVariable{"CI", "set: nobody is asked what to do about a step that failed"},
    EnvironmentVariable{"GITLAB_CI", "words of `ibuild doctor` for GitLab's runner"},
    EnvironmentVariable{"GITHUB_ACTIONS", "words of `ibuild doctor` for GitHub's runner"},
    EnvironmentVariable{"KUBERNETES_SERVICE_HOST", "words of `ibuild doctor` for a pod"},
    EnvironmentVariable{"SSL_CERT_FILE", "file with trusted certificate authorities"},
    EnvironmentVariable{"SSL_CERT_DIR", "directories with trusted certificate authorities"},
    EnvironmentVariable{"CONTAINERS_REGISTRIES_CONF", "registries.conf in place of the usual ones"},
    EnvironmentVariable{"XDG_CACHE_HOME", "parent of containers' cache of short names"},
    EnvironmentVariable{"HTTP_PROXY", "proxy (also https_proxy, all_proxy, no_proxy, …)"},
};

// Nothing when unset. An empty value is a value.
std::optional<std::string> GetEnvironment(const char* name);

}  // namespace ibuild
