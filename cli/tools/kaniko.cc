// The command line of kaniko's executor 1.24 and its forks.
#include <array>

#include "cli/commands/all.h"
#include "cli/tools/tables.h"

namespace ibuild::cli {
namespace {

constexpr std::string_view kContentCache =
    "every step is found again by its content in the store (--root)";
constexpr std::string_view kNoSnapshots = "steps are overlays: there are no snapshots to take";
constexpr std::string_view kOwnRoot = "the executor's own root is never touched";
constexpr std::string_view kRetries = "what may be tried again is tried again";

constexpr std::array kFlags = {
    As("-f,--dockerfile", "FILE", "--file"),
    Same("-c,--context", "CONTEXT"),
    Same("--context-sub-path", "DIR"),
    Same("-d,--destination", "NAME"),
    Same("--no-push"),
    Same("--build-arg", "NAME[=VALUE]"),
    Same("--target", "STAGE"),
    Same("--label", "NAME=VALUE"),
    Same("--annotation", "KEY=VALUE"),
    Same("--tar-path", "FILE"),
    As("--tarPath", "FILE", "--tar-path"),
    Same("--oci-layout-path", "DIR"),
    Same("--digest-file", "FILE"),
    Same("--image-name-with-digest-file", "FILE"),
    Same("--image-name-tag-with-digest-file", "FILE"),
    Same("--reproducible"),
    As("--custom-platform", "PLATFORM", "--platform"),
    As("--customPlatform", "PLATFORM", "--platform"),
    As("--single-snapshot", "", "--squash"),
    As("--skip-tls-verify-registry", "HOST", "--insecure-registry"),
    Same("--insecure-registry", "HOST"),
    As("--insecure", "", "--tls-verify=false"),
    As("--insecure-pull", "", "--tls-verify=false"),
    As("--skip-tls-verify", "", "--tls-verify=false"),
    As("--skip-tls-verify-pull", "", "--tls-verify=false"),
    Always("--skip-push-permission-check", "", "a push that is refused says so"),
    Same("--cache"),
    Same("--cache-repo", "NAME"),
    Same("--no-push-cache"),
    Always("--cache-copy-layers", "", kContentCache),
    Always("--cache-run-layers", "", kContentCache),
    Always("--compressed-caching", "", kContentCache),
    NoEffect("--cache-dir", "DIR", kContentCache),
    NoEffect("--cache-ttl", "DURATION", "the store keeps steps until `ibuild prune`"),
    Always("--cleanup", "", kOwnRoot),
    Always("--pre-cleanup", "", kOwnRoot),
    Always("--preserve-context", "", kOwnRoot),
    Always("--force", "", kOwnRoot),
    Always("--force-build-metadata", "", kNoSnapshots),
    Always("--initial-fs-unpacked", "", kOwnRoot),
    Always("--materialize", "", kOwnRoot),
    Always("--kaniko-dir", "DIR", kOwnRoot),
    Always("--ignore-path", "PATH", kOwnRoot),
    Always("--ignore-var-run", "", kOwnRoot),
    Always("--whitelist-var-run", "", kOwnRoot),
    Always("--snapshot-mode", "MODE", kNoSnapshots),
    Always("--snapshotMode", "MODE", kNoSnapshots),
    Always("--use-new-run", "", kNoSnapshots),
    Always("--skip-unused-stages", "", "stages that nothing needs are never built"),
    Same("--compression", "METHOD"),
    Same("--compression-level", "N"),
    Always("--image-download-retry", "N", kRetries),
    Always("--image-fs-extract-retry", "N", kRetries),
    Always("--push-retry", "N", kRetries),
    Always("--push-ignore-immutable-tag-errors", "", kRetries),
    Always("--log-format", "FORMAT", "progress is shown as text"),
    Always("--log-timestamp", "", "progress is shown as text"),
    Always("-v,--verbosity", "LEVEL", "`--progress` says how much is shown"),
    Always("--git", "OPTIONS", "the branch is named after `#` in the context"),
    Always("-b,--bucket", "NAME", "contexts in buckets are not fetched"),
    NoEffect("--registry-map", "HOST=MIRRORS", "mirrors are read from registries.conf"),
    NoEffect("--registry-mirror", "HOST", "mirrors are read from registries.conf"),
    Always("--skip-default-registry-fallback", "", "mirrors are read from registries.conf"),
    NoEffect("--registry-certificate", "HOST=FILE", "use `--ca-file FILE`"),
    NoEffect("--registry-client-cert", "HOST=CERT,KEY", "certificates are read from certs.d"),
    Always("--credential-helpers", "NAMES", "helpers are those of Docker's config.json"),
};

constexpr std::array kCommands = {
    CommandEntry{"executor", "", "Build an image and push it, as kaniko does", {0, 0}, MakeKaniko},
};

constexpr std::array kWords = {Word{"build", "executor", kFlags}, Word{"version", "version"}};

}  // namespace

constinit const Tool kKanikoTool = {.kind = ToolKind::kKaniko,
                                    .name = "executor",
                                    .title = "kaniko",
                                    .globals = {},
                                    .words = kWords,
                                    .commands = kCommands,
                                    .without_word = "build"};

}  // namespace ibuild::cli
