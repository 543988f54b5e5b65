// The command line of podman 5: Docker's, with what is its own.
#include <array>

#include "cli/commands/all.h"
#include "cli/tools/container_words.h"
#include "cli/tools/containers_flags.h"
#include "cli/tools/tables.h"

namespace ibuild::cli {
namespace {

constexpr std::array kGlobals = {
    Same("--root", "DIR"),
    Same("--log-level", "LEVEL"),
    Always("--cgroup-manager", "MANAGER", "control groups are used as they are found"),
    Always("--conmon", "PATH", "there is no monitor"),
    Always("--events-backend", "TYPE", "no events are kept"),
    Always("--network-cmd-path", "PATH", "slirp4netns and pasta are found on PATH"),
    Always("--network-config-dir", "DIR", "networks are described in the store"),
    Always("--noout", "", "`>/dev/null` does it"),
    Always("--runtime", "PATH", kOwnSandbox),
    Always("--runtime-flag", "FLAG", kOwnSandbox),
    Always("--runroot", "DIR", kOwnStore),
    Always("--imagestore", "DIR", kOwnStore),
    Always("--storage-driver", "DRIVER", kOwnStore),
    Always("--storage-opt", "OPTION", kOwnStore),
    Always("--tmpdir", "DIR", kOwnStore),
    Always("--syslog", "", "nothing is logged there"),
    Always("--transient-store", "", kOwnStore),
    Always("--volumepath", "DIR", kOwnStore),
    NoEffect("--module", "FILE", "containers.conf is not read"),
    NoEffect("-c,--connection", "NAME", kNoService),
    NoEffect("--url", "URL", kNoService),
    NoEffect("--identity", "FILE", kNoService),
    Always("-r,--remote", "", kNoService),
};

constexpr std::array kImages = {
    Same("-a,--all"),
    Same("--digests"),
    Same("-f,--filter", "FILTER"),
    Same("--format", "FORMAT"),
    Same("--no-trunc"),
    As("--notruncate", "", "--no-trunc"),
    Same("-n,--noheading"),
    Same("-q,--quiet"),
    Always("--history", "", "names of before are not kept"),
    Same("--sort", "KEY"),
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
    Always("--compress", "", "layers are compressed when they are pushed"),
    Always("--remove-signatures", "", kNoSignatures),
    Always("--retry", "N", kRetries),
    Always("--retry-delay", "DURATION", kRetries),
    Always("--signature-policy", "FILE", kNoSignatures),
    Refused("--sign-by", "KEY", "images are not signed", "sign with `cosign` after the push"),
    Refused("--sign-by-sigstore", "FILE", "images are not signed",
            "sign with `cosign` after the push"),
    Refused("--sign-by-sigstore-private-key", "FILE", "images are not signed",
            "sign with `cosign` after the push"),
    Refused("--encryption-key", "KEY", "layers are not encrypted", "leave it out"),
};

constexpr std::array kSave = {
    Same("-o,--output", "FILE"),
    Same("--format", "FORMAT"),
    Same("-q,--quiet"),
    Always("-m,--multi-image-archive", "", "an archive holds all images that are named"),
    Always("--compress", "", "layers are compressed"),
    Always("--uncompressed", "", "layers are compressed"),
};

constexpr std::array kLoad = {Same("-i,--input", "FILE"), Same("-q,--quiet"),
                              Always("--signature-policy", "FILE", kNoSignatures)};
constexpr std::array kRmi = {Same("-f,--force"), Same("-a,--all"), Same("-i,--ignore"),
                             Always("--no-prune", "", "untagged parents are no images here")};
constexpr std::array kInspect = {Same("-f,--format", "FORMAT"), As("-t,--type", "TYPE", "--type"),
                                 Same("-s,--size"),
                                 Always("-l,--latest", "", "name what is to be shown")};
constexpr std::array kImagePrune = {Same("-a,--all"), Same("-f,--force"), Same("--filter", "F"),
                                    Always("--external", "", "there are no others' containers"),
                                    Always("--build-cache", "", "`system prune` does it")};
constexpr std::array kLogin = {
    Same("-u,--username", "NAME"),
    Same("-p,--password", "PASSWORD"),
    Same("--password-stdin"),
    Same("--authfile", "FILE"),
    Same("--tls-verify", ""),
    Same("--get-login"),
    Always("--cert-dir", "DIR", kCertificates),
    Always("--compat-auth-file", "FILE", "`--authfile` names the file"),
    Always("-v,--verbose", "", "the file is always named"),
    NoEffect("--secret", "NAME", "there are no secrets of the engine's"),
};

constexpr std::array kOwnWords = {
    Word{"build", "build", kContainersBuild},
    Word{"image build", "build", kContainersBuild},
    Word{"buildx build", "build", kContainersBuild},
    Word{"images", "images", kImages},
    Word{"image ls", "images", kImages},
    Word{"image list", "images", kImages},
    Word{"push", "push", kPush},
    Word{"image push", "push", kPush},
    Word{"pull", "pull", kContainersPull},
    Word{"image pull", "pull", kContainersPull},
    Word{"save", "save", kSave},
    Word{"image save", "save", kSave},
    Word{"load", "load", kLoad},
    Word{"image load", "load", kLoad},
    Word{"rmi", "rmi", kRmi},
    Word{"image rm", "rmi", kRmi},
    Word{"image remove", "rmi", kRmi},
    Word{"inspect", "inspect", kInspect},
    Word{"image inspect", "inspect", kInspect, "--type=image"},
    Word{"image exists", "image exists"},
    Word{"tag", "tag"},
    Word{"image tag", "tag"},
    Word{"untag", "untag"},
    Word{"image untag", "untag"},
    Word{"history", "history"},
    Word{"image history", "history"},
    Word{"import", "import"},
    Word{"image import", "import"},
    Word{"image prune", "image prune", kImagePrune},
    Word{"login", "login", kLogin},
    Word{"logout", "logout"},
    Word{"info", "info"},
    Word{"system info", "info"},
    Word{"manifest create", "manifest create"},
    Word{"manifest add", "manifest add"},
    Word{"manifest push", "manifest push", kListPush},
    Word{"manifest inspect", "manifest inspect"},
    Word{"manifest rm", "manifest rm"},
    Word{"manifest exists", "image exists"},
    Word{"version", "version"},
    Word{"unshare", "unshare"},
    Word{"system df", "system df"},
    Word{"system events", "events"},
    Word{"image diff", "diff"},
    Word{"manifest annotate", "manifest annotate"},
    Word{"manifest remove", "manifest remove"},
};

constexpr std::array kOwnCommands = {
    CommandEntry{"unshare",
                 "COMMAND [ARGUMENT...]",
                 "Run a program in the user namespace",
                 {1, 1000, true},
                 MakeUnshare},
};
constexpr auto kCommands = Concat(kListCommands, kOwnCommands);
constexpr auto kWords = Concat(kOwnWords, kContainerWords);

constexpr std::string_view kNotFrozen = "processes are not frozen to disk";
constexpr std::string_view kPause = "`pause` halts them in memory";
constexpr std::string_view kNotMounted = "the files of containers are not mounted outside of them";
constexpr std::string_view kCopyOut = "`cp CONTAINER:PATH DIR` copies out, `exec` works inside";
constexpr std::string_view kImageNotMounted = "the files of images are not mounted";
constexpr std::string_view kLeaveOut = "leave it out";
constexpr std::string_view kPodHint =
    "put the containers on one network: `network create`, `run --network NAME`";

constexpr std::array kAbsent = {
    Absent{"search", "registries do not search by one protocol",
           "`ibuild tags NAME` lists the tags of a repository, `ibuild catalog REGISTRY` the "
           "repositories"},
    Absent{"pod", "containers do not share namespaces in pods", kPodHint},
    Absent{"kube", "Kubernetes' documents are not read or written", kPodHint},
    Absent{"play", "Kubernetes' documents are not read", kPodHint},
    Absent{"generate", "units and documents are not written",
           "`run --restart always` keeps a container going"},
    Absent{"machine", "there is no virtual machine: containers run on this one", "leave it out"},
    Absent{"secret", "the store keeps no secrets",
           "mount the file: `-v FILE:/run/secrets/NAME:ro`"},
    Absent{"compose", "it is a program of its own, which needs podman's service", kPodHint},
    Absent{"auto-update", "nothing is updated behind your back", "`pull` and `run` again"},
    Absent{"container checkpoint", kNotFrozen, kPause},
    Absent{"container restore", kNotFrozen, kPause},
    Absent{"mount", kNotMounted, kCopyOut},
    Absent{"container mount", kNotMounted, kCopyOut},
    Absent{"umount", kNotMounted, kLeaveOut},
    Absent{"unmount", kNotMounted, kLeaveOut},
    Absent{"container umount", kNotMounted, kLeaveOut},
    Absent{"container unmount", kNotMounted, kLeaveOut},
    Absent{"image mount", kImageNotMounted, "`ibuild unpack IMAGE DIR` writes them out"},
    Absent{"image unmount", kImageNotMounted, kLeaveOut},
    Absent{"image tree", "layers are not drawn", "`history` lists them"},
    Absent{"image scp", "images are not sent over ssh",
           "`save -o FILE`, then `load -i FILE` there"},
    Absent{"system connection", "there is no service to connect to", "leave it out"},
    Absent{"system service", "there is no service", "call the commands"},
};

}  // namespace

constinit const Tool kPodmanTool = {.kind = ToolKind::kPodman,
                                    .name = "podman",
                                    .title = "podman",
                                    .globals = kGlobals,
                                    .words = kWords,
                                    .commands = kCommands,
                                    .absent = kAbsent};

}  // namespace ibuild::cli
