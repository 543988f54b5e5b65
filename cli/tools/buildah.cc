// The command line of buildah 1.43. Its working containers are images in the making
// (cli/working/working_container.h).
#include <array>
#include <limits>

#include "cli/commands/all.h"
#include "cli/tools/container_words.h"
#include "cli/tools/containers_flags.h"
#include "cli/tools/tables.h"

namespace ibuild::cli {
namespace {

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
constexpr std::string_view kOneStep = "a change is a step of a build";

constexpr std::array kGlobals = {
    Same("--root", "DIR"),
    Same("--log-level", "LEVEL"),
    Always("--runroot", "DIR", kOwnStore),
    Always("--storage-driver", "DRIVER", kOwnStore),
    Always("--storage-opt", "OPTION", kOwnStore),
    Always("--registries-conf", "FILE", "the usual registries.conf is read"),
    Always("--registries-conf-dir", "DIR", "the usual registries.conf is read"),
    Always("--short-name-alias-conf", "FILE", "short names are those of Docker Hub"),
    Always("--userns-uid-map", "MAP", kOwnSandbox),
    Always("--userns-gid-map", "MAP", kOwnSandbox),
    Always("--cgroup-manager", "MANAGER", "control groups are used as they are found"),
    Always("--default-mounts-file", "FILE", "nothing is mounted by default"),
};

constexpr std::array kFrom = {
    Same("--authfile", "FILE"),
    Same("--cidfile", "FILE"),
    Same("--creds", "USER:PASSWORD"),
    Same("--name", "NAME"),
    Same("--platform", "PLATFORM"),
    As("--arch", "ARCH", "--platform=linux/*"),
    Same("--pull", "[=WHEN]"),
    As("--pull-always", "", "--pull=always"),
    As("--pull-never", "", "--pull=never"),
    Same("-q,--quiet"),
    Same("--tls-verify", ""),
    Always("--add-host", "NAME:IP", kOneStep),
    Always("--cap-add", "CAPABILITY", kOwnSandbox),
    Always("--cap-drop", "CAPABILITY", kOwnSandbox),
    Always("--cert-dir", "DIR", kCertificates),
    Always("--cgroup-parent", "CGROUP", kOwnSandbox),
    Always("--cgroupns", "MODE", kOwnSandbox),
    Always("-f,--format", "FORMAT", "`commit --format` says it"),
    Always("--http-proxy", "[=BOOL]", "proxies of the environment reach the steps"),
    Always("--ipc", "MODE", kOwnSandbox),
    Always("--isolation", "TYPE", kOwnSandbox),
    Always("--network", "MODE", "`run --network` says it"),
    Always("--os", "OS", "images are for Linux"),
    Always("--pid", "MODE", kOwnSandbox),
    Always("--retry", "N", kRetries),
    Always("--retry-delay", "DURATION", kRetries),
    Always("--security-opt", "OPTION", kOwnSandbox),
    Always("--shm-size", "SIZE", kOwnSandbox),
    Always("--signature-policy", "FILE", kNoSignatures),
    Always("--ulimit", "LIMIT", kOwnSandbox),
    Always("--userns", "MODE", kOwnSandbox),
    Always("--uts", "MODE", kOwnSandbox),
    Always("--variant", "VARIANT", "write it in `--platform`"),
    NoEffect("-m,--memory", "SIZE", "`run --memory` limits it"),
    NoEffect("-v,--volume", "SOURCE:TARGET", "`run --mount` shows a directory"),
};

constexpr std::array kAdd = {
    Same("--chown", "USER"),
    Same("--chmod", "MODE"),
    Same("--from", "IMAGE"),
    Same("--contextdir", "DIR"),
    Same("--checksum", "DIGEST"),
    Same("-q,--quiet"),
    Always("--add-history", "", "every change is in the history"),
    Always("--authfile", "FILE", "`buildah login` keeps it"),
    Always("--cert-dir", "DIR", kCertificates),
    Always("--creds", "USER:PASSWORD", "`buildah login` keeps them"),
    Always("--exclude", "PATTERN", "nothing is left out"),
    Always("--ignorefile", "FILE", "nothing is left out"),
    Always("--retry", "N", kRetries),
    Always("--tls-verify", "", "loopback registries need no TLS"),
};

constexpr std::array kRun = {
    Same("-u,--user", "USER"),
    Same("--workingdir", "DIR"),
    Same("-e,--env", "NAME=VALUE"),
    Same("--mount", "MOUNT"),
    Same("--network", "MODE"),
    Always("--add-history", "", "every change is in the history"),
    Always("--cap-add", "CAPABILITY", kOwnSandbox),
    Always("--cap-drop", "CAPABILITY", kOwnSandbox),
    Always("--cgroupns", "MODE", kOwnSandbox),
    Always("--contextdir", "DIR", kOneStep),
    Always("--hostname", "NAME", kOwnSandbox),
    Always("--ipc", "MODE", kOwnSandbox),
    Always("--isolation", "TYPE", kOwnSandbox),
    Always("--no-hostname", "", kOwnSandbox),
    Always("--no-hosts", "", kOwnSandbox),
    Always("--no-pivot", "", kOwnSandbox),
    Always("--pid", "MODE", kOwnSandbox),
    Always("--runtime", "PATH", kOwnSandbox),
    Always("--runtime-flag", "FLAG", kOwnSandbox),
    Always("-t,--terminal", "", "steps have no terminal"),
    Always("--tty", "", "steps have no terminal"),
    Always("--uts", "MODE", kOwnSandbox),
    Refused("-v,--volume", "SOURCE:TARGET", "directories of this machine are not mounted in steps",
            "`buildah copy` puts files into the container"),
    Refused("--device", "DEVICE", kSandboxFlag, "run without it"),
};

constexpr std::array kConfig = {
    Same("-a,--annotation", "KEY=VALUE"),
    Same("--arch", "ARCH"),
    Same("--author", "NAME"),
    Same("--cmd", "COMMAND"),
    Same("--comment", "TEXT"),
    Same("--created-by", "TEXT"),
    Same("--entrypoint", "COMMAND"),
    Same("-e,--env", "NAME=VALUE"),
    Same("--healthcheck", "COMMAND"),
    Same("-l,--label", "NAME=VALUE"),
    Same("--onbuild", "INSTRUCTION"),
    Same("--os", "OS"),
    Same("-p,--port", "PORT"),
    Same("--shell", "COMMAND"),
    Same("--stop-signal", "SIGNAL"),
    Same("-u,--user", "USER"),
    Same("--variant", "VARIANT"),
    Same("-v,--volume", "PATH"),
    Same("--workingdir", "DIR"),
    Always("--add-history", "", "every change is in the history"),
    NoEffect("--domainname", "NAME", "images have no domain name"),
    NoEffect("--hostname", "NAME", "images have no host name"),
    NoEffect("--healthcheck-interval", "DURATION", "the default holds"),
    NoEffect("--healthcheck-retries", "N", "the default holds"),
    NoEffect("--healthcheck-start-interval", "DURATION", "the default holds"),
    NoEffect("--healthcheck-start-period", "DURATION", "the default holds"),
    NoEffect("--healthcheck-timeout", "DURATION", "the default holds"),
    NoEffect("--history-comment", "TEXT", "the history is kept as it is"),
    NoEffect("--os-feature", "FEATURE", "images are for Linux"),
    NoEffect("--os-version", "VERSION", "images are for Linux"),
    NoEffect("--unsetlabel", "NAME", "write `--label NAME-`"),
};

constexpr std::array kCommit = {
    Same("--authfile", "FILE"),
    Same("--creds", "USER:PASSWORD"),
    Same("-f,--format", "FORMAT"),
    Same("--iidfile", "FILE"),
    Same("-q,--quiet"),
    Same("--rm"),
    Same("--squash"),
    Same("--tls-verify", ""),
    Same("-c,--change", "INSTRUCTION"),
    Same("--unsetenv", "NAME"),
    Always("--cert-dir", "DIR", kCertificates),
    Always("--config", "FILE", "the configuration is the container's"),
    Always("--created-annotation", "[=BOOL]", "it is not set"),
    Always("-D,--disable-compression", "", "layers are compressed when they are pushed"),
    Always("--identity-label", "[=BOOL]", "no label of the builder is set"),
    Always("--omit-history", "[=BOOL]", "the history is kept"),
    Always("--omit-timestamp", "", "times are kept"),
    Always("--reference-time", "FILE", "times are kept"),
    Always("--retry", "N", kRetries),
    Always("--retry-delay", "DURATION", kRetries),
    Always("--signature-policy", "FILE", kNoSignatures),
    NoEffect("--manifest", "NAME", "no list is made of one image"),
    NoEffect("--timestamp", "SECONDS", "`build --timestamp` does it"),
    NoEffect("--source-date-epoch", "SECONDS", "`build --timestamp` does it"),
    Refused("--sign-by", "KEY", "images are not signed", "sign with `cosign` after the push"),
};

constexpr std::array kPush = {
    Same("--authfile", "FILE"),
    Same("--creds", "USER:PASSWORD"),
    Same("--digestfile", "FILE"),
    Same("--tls-verify", ""),
    Same("-f,--format", "FORMAT"),
    Same("-q,--quiet"),
    Same("--force-compression"),
    As("--compression-format", "FORMAT", "--compression"),
    Same("--compression-level", "N"),
    Always("--all", "", "an index is pushed with all that it holds"),
    Always("--cert-dir", "DIR", kCertificates),
    Always("-D,--disable-compression", "", "layers are compressed when they are pushed"),
    Always("--remove-signatures", "", kNoSignatures),
    Always("--retry", "N", kRetries),
    Always("--retry-delay", "DURATION", kRetries),
    Always("--rm", "", "the image stays"),
    Always("--signature-policy", "FILE", kNoSignatures),
    Refused("--sign-by", "KEY", "images are not signed", "sign with `cosign` after the push"),
};

constexpr std::array kImages = {
    Same("-a,--all"),
    Same("--digests"),
    Same("-f,--filter", "FILTER"),
    Same("--format", "FORMAT"),
    As("--json", "", "--format=json"),
    Same("--no-trunc"),
    Same("-n,--noheading"),
    Same("-q,--quiet"),
    Always("--history", "", "names of before are not kept"),
};

constexpr std::array kInspect = {Same("-f,--format", "FORMAT"), As("-t,--type", "TYPE", "--type")};
constexpr std::array kOwnPull = {
    Always("--pull-always", "", "`pull` asks the registry"),
    Refused("--pull-never", "", "`pull` asks the registry", "`inspect NAME` tells what is here"),
    Always("--remove-signatures", "", "signatures are not kept"),
    Refused("--decryption-key", "KEY", "layers are not decrypted", "leave it out"),
};
constexpr auto kBuildahPull = Concat(kContainersPull, kOwnPull);
constexpr std::array kPrune = {Same("-a,--all"), Same("-f,--force")};

constexpr std::array kCommands = {
    CommandEntry{"from", "IMAGE", "Begin a working container", {1, 1}, MakeBuildahFrom},
    CommandEntry{
        "add", "CONTAINER SOURCE... [TARGET]", "Add files or URLs", {2, kAny}, MakeBuildahAdd},
    CommandEntry{"copy", "CONTAINER SOURCE... [TARGET]", "Copy files", {2, kAny}, MakeBuildahCopy},
    CommandEntry{"config", "CONTAINER", "Say how the image is run", {1, 1}, MakeBuildahConfig},
    CommandEntry{
        "run", "CONTAINER COMMAND [ARGUMENT...]", "Run a command", {1, kAny, true}, MakeBuildahRun},
    CommandEntry{"commit", "CONTAINER [IMAGE]", "Make an image", {1, 2}, MakeBuildahCommit},
    CommandEntry{"containers", "", "List working containers", {0, 0}, MakeBuildahContainers},
    CommandEntry{"rm", "CONTAINER...", "Remove working containers", {0, kAny}, MakeBuildahRemove},
    CommandEntry{"rename", "CONTAINER NAME", "Rename one", {2, 2}, MakeBuildahRename},
    kListCommands[0],
    kListCommands[1],
    kListCommands[2],
    kListCommands[3],
    kListCommands[4],
    CommandEntry{"unshare",
                 "COMMAND [ARGUMENT...]",
                 "Run a program in the user namespace",
                 {1, kAny, true},
                 MakeUnshare},
};

constexpr std::array kWords = {
    Word{"build", "build", kContainersBuild},
    Word{"bud", "build", kContainersBuild},
    Word{"build-using-dockerfile", "build", kContainersBuild},
    Word{"from", "from", kFrom},
    Word{"add", "add", kAdd},
    Word{"copy", "copy", kAdd},
    Word{"config", "config", kConfig},
    Word{"run", "run", kRun},
    Word{"commit", "commit", kCommit},
    Word{"containers", "containers"},
    Word{"ls", "containers"},
    Word{"ps", "containers"},
    Word{"list", "containers"},
    Word{"rm", "rm"},
    Word{"delete", "rm"},
    Word{"rename", "rename"},
    Word{"images", "images", kImages},
    Word{"inspect", "inspect", kInspect},
    Word{"push", "push", kPush},
    Word{"pull", "pull", kBuildahPull},
    Word{"rmi", "rmi"},
    Word{"tag", "tag"},
    Word{"prune", "image prune", kPrune},
    Word{"login", "login"},
    Word{"logout", "logout"},
    Word{"info", "info"},
    Word{"manifest create", "manifest create"},
    Word{"manifest add", "manifest add"},
    Word{"manifest push", "manifest push", kListPush},
    Word{"manifest inspect", "manifest inspect"},
    Word{"manifest rm", "manifest rm"},
    Word{"manifest exists", "image exists"},
    Word{"version", "version"},
    Word{"unshare", "unshare"},
    Word{"manifest annotate", "manifest annotate"},
    Word{"manifest remove", "manifest remove"},
};

constexpr std::string_view kNothingMounted = "between two commands nothing is mounted";
constexpr std::string_view kWithoutMount =
    "`buildah copy` and `buildah add` put files in, `buildah run` changes them, and "
    "`ibuild unpack IMAGE DIR` writes those of an image out";

constexpr std::array kAbsent = {
    Absent{"mount", kNothingMounted, kWithoutMount},
    Absent{"umount", kNothingMounted, "leave it out"},
    Absent{"unmount", kNothingMounted, "leave it out"},
    Absent{"source", "images of sources are not made", "`artifact push` keeps files in a registry"},
    Absent{"mkcw", "images for confidential machines are not made", "use buildah itself"},
};

}  // namespace

constinit const Tool kBuildahTool = {.kind = ToolKind::kBuildah,
                                     .name = "buildah",
                                     .title = "buildah",
                                     .globals = kGlobals,
                                     .words = kWords,
                                     .commands = kCommands,
                                     .absent = kAbsent};

}  // namespace ibuild::cli
