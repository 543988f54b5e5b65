// The command line of docker 28 and buildx 0.30, by their reference.
#include <array>
#include <limits>

#include "cli/commands/all.h"
#include "cli/commands/remote.h"
#include "cli/tools/container_words.h"
#include "cli/tools/tables.h"

namespace ibuild::cli {
namespace {

constexpr std::string_view kNoDaemon = "there is no daemon: this program does the work itself";
constexpr std::string_view kOneBuilder = "there is one builder: this program";
constexpr std::string_view kNoTrust = "content trust (notary v1) is not looked at";

constexpr std::array kGlobals = {
    Same("--config", "DIR"),
    Same("-D,--debug"),
    Same("-l,--log-level", "LEVEL"),
    NoEffect("-H,--host", "HOST", kNoDaemon),
    NoEffect("-c,--context", "NAME", kNoDaemon, "default"),
    NoEffect("--builder", "NAME", kOneBuilder, "default"),
    Always("--tls", "", kNoDaemon),
    Always("--tlsverify", "", kNoDaemon),
    Always("--tlscacert", "FILE", kNoDaemon),
    Always("--tlscert", "FILE", kNoDaemon),
    Always("--tlskey", "FILE", kNoDaemon),
};

constexpr std::array kBuild = {
    Same("--add-host", "NAME:IP"),
    Same("--allow", "ENTITLEMENT"),
    Same("--annotation", "KEY=VALUE"),
    Same("--build-arg", "NAME[=VALUE]"),
    Same("--build-context", "NAME=VALUE"),
    Same("--call", "METHOD"),
    Same("--check"),
    Same("-f,--file", "FILE"),
    Same("--iidfile", "FILE"),
    Same("--label", "NAME=VALUE"),
    Same("--load"),
    Same("-m,--memory", "SIZE"),
    Same("--metadata-file", "FILE"),
    Same("--network", "MODE"),
    Same("--no-cache"),
    Same("--no-cache-filter", "STAGE"),
    Same("-o,--output", "OUTPUT"),
    Same("--platform", "PLATFORM"),
    Same("--progress", "MODE"),
    Same("--pull", "[=WHEN]"),
    Same("--push"),
    Same("-q,--quiet"),
    Same("--secret", "SECRET"),
    Same("--shm-size", "SIZE"),
    Same("--ssh", "AGENT"),
    Same("-t,--tag", "NAME"),
    Same("--target", "STAGE"),
    Same("--ulimit", "LIMIT"),
    NoEffect("--attest", "ATTESTATION", "no attestations are made yet",
             "type=provenance,disabled=true|type=sbom,disabled=true"),
    NoEffect("--provenance", "MODE", "no attestations are made yet", "false|0|disabled=true"),
    Refused("--sbom", "GENERATOR", "no software bills of materials are made yet",
            "leave `--sbom` out, and make one of the finished image with a scanner",
            "false|0|disabled=true"),
    NoEffect("--builder", "NAME", kOneBuilder, "default"),
    Same("--cache-from", "CACHE"),
    Same("--cache-to", "CACHE"),
    NoEffect("--cgroup-parent", "CGROUP", "steps run in a control group of ours"),
    Always("--compress", "", "the context is never sent anywhere"),
    Same("-D,--debug"),
    Always("--rm", "", "no intermediate containers are left"),
    Always("--force-rm", "", "no intermediate containers are left"),
    Always("--stream", "", "the context is never sent anywhere"),
    Always("--disable-content-trust", "", kNoTrust),
    NoEffect("--isolation", "TECHNOLOGY", "steps always run in the sandbox of ibuild", "default"),
    NoEffect("-c,--cpu-shares", "N", "steps do not compete by shares; `--cpus` limits them", "0"),
    NoEffect("--cpu-period", "N", "use `--cpus`", "0"),
    NoEffect("--cpu-quota", "N", "use `--cpus`", "0"),
    NoEffect("--cpuset-cpus", "CPUS", "use `--cpus`"),
    NoEffect("--cpuset-mems", "NODES", "use `--memory`"),
    NoEffect("--memory-swap", "SIZE", "`--memory` limits memory and swap together"),
    Refused("--security-opt", "OPTION", "the sandbox of a step cannot be changed",
            "`--allow security.insecure` with `RUN --security=insecure` opens it",
            "seccomp=unconfined|label=disable|no-new-privileges|no-new-privileges:true"),
};

constexpr std::array kPush = {
    Same("-a,--all-tags"),
    Same("-q,--quiet"),
    Same("--platform", "PLATFORM"),
    Always("--disable-content-trust", "", kNoTrust),
};

constexpr std::array kPull = {
    Same("-a,--all-tags"),
    Same("-q,--quiet"),
    Same("--platform", "PLATFORM"),
    Always("--disable-content-trust", "", kNoTrust),
};

constexpr std::array kImages = {
    Same("-a,--all"),
    Same("--digests"),
    Same("-f,--filter", "FILTER"),
    Same("--format", "FORMAT"),
    Same("--no-trunc"),
    Same("-q,--quiet"),
    Same("--tree"),
};

constexpr std::array kRmi = {
    Same("-f,--force"),
    Always("--no-prune", "", "untagged parents are no images here"),
    NoEffect("--platform", "PLATFORM", "an image is removed with all of its platforms"),
};

constexpr std::array kInspect = {
    Same("-f,--format", "FORMAT"),
    Same("-s,--size"),
    Same("--type", "TYPE"),
    Same("--platform", "PLATFORM"),
};

constexpr std::array kHistory = {
    Same("--format", "FORMAT"),     Same("-H,--human"), Same("--no-trunc"), Same("-q,--quiet"),
    Same("--platform", "PLATFORM"),
};

constexpr std::array kSave = {
    Same("-o,--output", "FILE"),
    Same("--platform", "PLATFORM"),
};
constexpr std::array kLoad = {
    Same("-i,--input", "FILE"),
    Same("-q,--quiet"),
    NoEffect("--platform", "PLATFORM", "all platforms of an archive are loaded"),
};
constexpr std::array kImport = {Same("-c,--change", "INSTRUCTION"), Same("-m,--message", "TEXT"),
                                Same("--platform", "PLATFORM")};
constexpr std::array kLogin = {Same("-u,--username", "NAME"), Same("-p,--password", "PASSWORD"),
                               Same("--password-stdin")};
constexpr std::array kFormatOnly = {Same("-f,--format", "FORMAT")};

constexpr std::array kImagePrune = {Same("-a,--all"), Same("-f,--force"),
                                    Same("--filter", "FILTER")};

constexpr std::array kBuilderCreate = {
    Same("--name", "NAME"),
    Same("--use"),
    Same("--bootstrap"),
    Always("--driver", "DRIVER", kOneBuilder),
    Always("--driver-opt", "OPTIONS", kOneBuilder),
    Always("--buildkitd-flags", "FLAGS", kOneBuilder),
    Always("--buildkitd-config", "FILE", kOneBuilder),
    Always("--config", "FILE", kOneBuilder),
    Always("--append", "", kOneBuilder),
    Always("--leave", "", kOneBuilder),
    Always("--node", "NAME", kOneBuilder),
    Always("--platform", "PLATFORMS", kOneBuilder),
};
constexpr std::array kBuilderRemove = {
    Always("-f,--force", "", "nothing is asked"), Always("--all-inactive", "", kOneBuilder),
    Always("--keep-daemon", "", kOneBuilder),     Always("--keep-state", "", kOneBuilder),
    Always("--default", "", kOneBuilder),         Always("--global", "", kOneBuilder),
    Always("--timeout", "DURATION", kOneBuilder),
};

constexpr std::array kImagetoolsCreate = {
    Same("--append"),
    Same("--annotation", "KEY=VALUE"),
    Same("--dry-run"),
    Same("-f,--file", "FILE"),
    Same("--prefer-index"),
    Same("--progress", "MODE"),
    Same("-t,--tag", "NAME"),
    NoEffect("--builder", "NAME", kOneBuilder, "default"),
    NoEffect("--metadata-file", "FILE", "the result is printed"),
};
constexpr std::array kImagetoolsInspect = {
    Same("--format", "TEMPLATE"),
    Same("--raw"),
    NoEffect("--builder", "NAME", kOneBuilder, "default"),
};

constexpr std::array kManifestCreate = {
    As("--insecure", "", "--tls-verify=false"),
    Same("-a,--amend"),
};
constexpr std::array kManifestAnnotate = {
    Same("--arch", "ARCH"),          Same("--os", "OS"),           Same("--os-features", "FEATURE"),
    Same("--os-version", "VERSION"), Same("--variant", "VARIANT"),
};
constexpr std::array kManifestInspect = {
    As("--insecure", "", "--tls-verify=false"),
    Same("-v,--verbose"),
};
constexpr std::array kManifestPush = {
    As("--insecure", "", "--tls-verify=false"),
    Same("-p,--purge"),
};

constexpr std::array kBuilderPrune = {
    Same("-a,--all"),
    Same("-f,--force"),
    Same("--verbose"),
    Same("--filter", "KEY=VALUE"),
    Same("--max-used-space", "SIZE"),
    Same("--keep-storage", "SIZE"),
    Same("--reserved-space", "SIZE"),
    Same("--min-free-space", "SIZE"),
    NoEffect("--builder", "NAME", kOneBuilder, "default"),
};
constexpr std::array kBuilderDu = {
    Same("--verbose"),
    NoEffect("--builder", "NAME", kOneBuilder, "default"),
    NoEffect("--filter", "KEY=VALUE", "all of the cache is shown"),
    NoEffect("--format", "FORMAT", "`ibuild du --format json` says more"),
};

constexpr std::array kContext = {
    Always("--docker", "OPTIONS", kNoDaemon),
    Always("--description", "TEXT", kNoDaemon),
    Always("--from", "NAME", kNoDaemon),
};

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

constexpr std::array kCommands = {
    CommandEntry{"builder prune", "", "Remove the build cache", {0, 0}, MakeBuilderPrune},
    CommandEntry{"buildx du", "", "Show what the build cache holds", {0, 0}, MakeBuilderDu},
    CommandEntry{"context ls", "", "List contexts", {0, 0}, MakeBuilderContexts},
    CommandEntry{"buildx create", "[CONTEXT]", "Name the builder", {0, 1}, MakeBuilderCreate},
    CommandEntry{"buildx inspect", "[NAME]", "Describe the builder", {0, 1}, MakeBuilderInspect},
    CommandEntry{"buildx imagetools create",
                 "IMAGE...",
                 "Name images in their registry, several as one index",
                 {0, kAny},
                 MakeImagetoolsCreate},
    CommandEntry{"buildx imagetools inspect",
                 "NAME",
                 "Show what a name means in its registry",
                 {1, 1},
                 MakeImagetoolsInspect},
    CommandEntry{"buildx ls", "", "List builders", {0, 0}, MakeBuilderList},
    CommandEntry{"buildx use", "NAME", "Choose a builder", {0, kAny}, MakeBuilderNothing},
    CommandEntry{"buildx version", "", "Show the version", {0, 0}, MakeBuilderVersion},
};

constexpr std::array kOwnWords = {
    Word{"build", "build", kBuild},
    Word{"buildx build", "build", kBuild},
    Word{"buildx b", "build", kBuild},
    Word{"image build", "build", kBuild},
    Word{"builder build", "build", kBuild},
    Word{"push", "push", kPush},
    Word{"image push", "push", kPush},
    Word{"pull", "pull", kPull},
    Word{"image pull", "pull", kPull},
    Word{"images", "images", kImages},
    Word{"image ls", "images", kImages},
    Word{"image list", "images", kImages},
    Word{"rmi", "rmi", kRmi},
    Word{"image rm", "rmi", kRmi},
    Word{"image remove", "rmi", kRmi},
    Word{"tag", "tag"},
    Word{"image tag", "tag"},
    Word{"inspect", "inspect", kInspect},
    Word{"image inspect", "inspect", kInspect, "--type=image"},
    Word{"history", "history", kHistory},
    Word{"image history", "history", kHistory},
    Word{"save", "save", kSave},
    Word{"image save", "save", kSave},
    Word{"load", "load", kLoad},
    Word{"image load", "load", kLoad},
    Word{"import", "import", kImport},
    Word{"image import", "import", kImport},
    Word{"login", "login", kLogin},
    Word{"logout", "logout"},
    Word{"run", "run"},
    Word{"create", "create"},
    Word{"start", "start"},
    Word{"stop", "stop"},
    Word{"restart", "restart"},
    Word{"kill", "kill"},
    Word{"rm", "rm"},
    Word{"ps", "ps"},
    Word{"logs", "logs"},
    Word{"exec", "exec"},
    Word{"attach", "attach"},
    Word{"wait", "wait"},
    Word{"pause", "pause"},
    Word{"unpause", "unpause"},
    Word{"rename", "rename"},
    Word{"top", "top"},
    Word{"port", "port"},
    Word{"stats", "stats"},
    Word{"update", "update"},
    Word{"diff", "diff"},
    Word{"cp", "cp"},
    Word{"commit", "commit"},
    Word{"export", "export"},
    Word{"image prune", "image prune", kImagePrune},
    Word{"info", "info", kFormatOnly},
    Word{"system info", "info", kFormatOnly},
    Word{"version", "version", kFormatOnly},
    Word{"system prune", "system prune"},
    Word{"manifest create", "manifest create", kManifestCreate},
    Word{"manifest annotate", "manifest annotate", kManifestAnnotate},
    Word{"manifest inspect", "manifest inspect", kManifestInspect},
    Word{"manifest push", "manifest push", kManifestPush},
    Word{"manifest rm", "manifest rm"},
    Word{"buildx imagetools create", "buildx imagetools create", kImagetoolsCreate},
    Word{"buildx imagetools inspect", "buildx imagetools inspect", kImagetoolsInspect},
    Word{"events", "events"},
    Word{"system events", "events"},
    Word{"buildx create", "buildx create", kBuilderCreate},
    Word{"buildx inspect", "buildx inspect"},
    Word{"buildx ls", "buildx ls"},
    Word{"buildx use", "buildx use", kBuilderRemove},
    Word{"buildx rm", "buildx use", kBuilderRemove},
    Word{"context use", "buildx use"},
    Word{"context create", "buildx use", kContext},
    Word{"context rm", "buildx use", kBuilderRemove},
    Word{"buildx stop", "buildx use"},
    Word{"buildx install", "buildx use"},
    Word{"buildx uninstall", "buildx use"},
    Word{"buildx version", "buildx version"},
    Word{"builder prune", "builder prune", kBuilderPrune},
    Word{"buildx prune", "builder prune", kBuilderPrune},
    Word{"builder du", "buildx du", kBuilderDu},
    Word{"buildx du", "buildx du", kBuilderDu},
    Word{"system df", "system df"},
    Word{"context ls", "context ls"},
    Word{"context list", "context ls"},
    Word{"context show", "context ls", {}, "--quiet"},
};

constexpr auto kWords = Concat(kOwnWords, kContainerWords);

constexpr std::string_view kNoContext = "leave it out: work is done here";
constexpr std::string_view kNoCluster = "ibuild runs containers on this machine only";
constexpr std::string_view kBakeHint =
    "call `build` once for each target, with its `--build-arg`, `--target` and `-t`; the second "
    "finds the steps of the first";
constexpr std::string_view kComposeHint =
    "build each service by `build`, and start them by `run` on a network (`network create`)";

constexpr std::array kAbsent = {
    Absent{"buildx bake", "files of bake are not read", kBakeHint},
    Absent{"buildx f", "files of bake are not read", kBakeHint},
    Absent{"builder bake", "files of bake are not read", kBakeHint},
    Absent{"compose", "it is a program of its own, which needs a daemon", kComposeHint},
    Absent{"search", "registries do not search by one protocol",
           "`tags NAME` lists the tags of a repository, `catalog REGISTRY` the repositories"},
    Absent{"buildx history", "builds are remembered in another form",
           "`builds` lists them, `builds logs` shows what their steps wrote, `explain` why"},
    Absent{"buildx dial-stdio", "there is no daemon to talk to", "call `buildx build`"},
    Absent{"context inspect", kNoDaemon, "`context ls` shows the one that there is"},
    Absent{"context export", kNoDaemon, kNoContext},
    Absent{"context import", kNoDaemon, kNoContext},
    Absent{"context update", kNoDaemon, kNoContext},
    Absent{"plugin", "there is no daemon that would load plugins", "volumes are local ones"},
    Absent{"swarm", kNoCluster, "`run --restart` keeps a container going"},
    Absent{"service", kNoCluster, "`run --restart` keeps a container going"},
    Absent{"stack", kNoCluster, kComposeHint},
    Absent{"node", kNoCluster, "`info` describes this machine"},
    Absent{"config", kNoCluster, "mount the file: `run -v FILE:/path:ro`"},
    Absent{"secret", kNoCluster, "mount the file: `run -v FILE:/run/secrets/NAME:ro`"},
    Absent{"trust", "content trust (notary v1) is not looked at",
           "name images by digest, or sign them with a tool like cosign"},
    Absent{"scout", "images are not searched for known faults",
           "save the image by `save -o` and give it to a scanner"},
    Absent{"checkpoint", "processes are not frozen to disk", "`pause` halts them in memory"},
};

}  // namespace

constinit const Tool kDockerTool = {.kind = ToolKind::kDocker,
                                    .name = "docker",
                                    .title = "docker and buildx",
                                    .globals = kGlobals,
                                    .words = kWords,
                                    .commands = kCommands,
                                    .absent = kAbsent};

// Its own name takes Docker's line, and a build without a word.
constinit const Tool kIbuildTool = {.kind = ToolKind::kIbuild,
                                    .name = "ibuild",
                                    .title = "ibuild",
                                    .globals = kGlobals,
                                    .words = kWords,
                                    .commands = kCommands,
                                    .absent = kAbsent,
                                    .without_word = "build"};

}  // namespace ibuild::cli
