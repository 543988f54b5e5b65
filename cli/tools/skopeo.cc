// The command line of skopeo 1.22, by its manual pages.
#include <array>

#include "cli/commands/remote.h"
#include "cli/tools/tables.h"

namespace ibuild::cli {
namespace {

constexpr std::string_view kRetries = "what may succeed in a moment is asked for again by itself";
constexpr std::string_view kPolicy = "signature policies are not looked at";
constexpr std::string_view kNoSigning = "images are not signed or encrypted here";
constexpr std::string_view kUseCosign =
    "sign with cosign; `copy --referrers` takes signatures along";
constexpr std::string_view kNoDaemon = "there is no daemon: this machine's store is meant";

constexpr std::array kGlobals = {
    Same("--debug"),
    NoEffect("--command-timeout", "TIME", "each wait has a limit of its own"),
    Always("--insecure-policy", "", kPolicy),
    NoEffect("--policy", "FILE", kPolicy),
    NoEffect("--registries.d", "DIR", "signature stores are not looked at"),
    As("--override-arch", "ARCH", "--override-arch"),
    As("--override-os", "OS", "--override-os"),
    As("--override-variant", "VARIANT", "--override-variant"),
    NoEffect("--tmpdir", "DIR", "temporary files are in the store"),
    NoEffect("--user-agent-prefix", "TEXT", "requests say who sends them"),
};

constexpr std::array kCopy = {
    Same("-a,--all"),
    Same("--additional-tag", "NAME"),
    Same("--digestfile", "FILE"),
    As("-f,--format", "TYPE", "--format"),
    Same("--multi-arch", "WHICH"),
    Same("-q,--quiet"),
    As("--dest-compress", "", "--compression=gzip"),
    As("--dest-compress-format", "FORMAT", "--compression"),
    As("--dest-compress-level", "N", "--compression-level"),
    As("--dest-decompress", "", "--compression=uncompressed"),
    As("--image-parallel-copies", "N", "--jobs"),
    Always("--dest-force-compress-format", "", "layers get the format that is asked for"),
    Always("--dest-oci-accept-uncompressed-layers", "", "layers stay as they are"),
    Always("--dest-precompute-digests", "", "nothing is sent twice"),
    Always("--preserve-digests", "", "digests stay as they are"),
    Always("--remove-signatures", "", "signatures of the old kind are not copied"),
    Always("--retry-times", "N", kRetries),
    Always("--retry-delay", "TIME", kRetries),
    NoEffect("--dest-daemon-host", "HOST", kNoDaemon),
    NoEffect("--src-daemon-host", "HOST", kNoDaemon),
    NoEffect("--src-shared-blob-dir", "DIR", "a layout has its own blobs"),
    NoEffect("--dest-shared-blob-dir", "DIR", "a layout has its own blobs"),
    Refused("--sign-by", "KEY", kNoSigning, kUseCosign),
    Refused("--sign-by-sigstore", "FILE", kNoSigning, kUseCosign),
    Refused("--sign-by-sigstore-private-key", "FILE", kNoSigning, kUseCosign),
    Refused("--sign-by-sq-fingerprint", "KEY", kNoSigning, kUseCosign),
    Refused("--encryption-key", "KEY", kNoSigning, kUseCosign),
    Refused("--decryption-key", "KEY", kNoSigning, kUseCosign),
};

constexpr std::array kInspect = {
    Same("--config"),
    Same("-f,--format", "TEMPLATE"),
    Same("-n,--no-tags"),
    Same("--raw"),
    Always("--retry-times", "N", kRetries),
    Always("--retry-delay", "TIME", kRetries),
    NoEffect("--daemon-host", "HOST", kNoDaemon),
    NoEffect("--shared-blob-dir", "DIR", "a layout has its own blobs"),
};

constexpr std::array kOther = {
    Always("--retry-times", "N", kRetries),
    Always("--retry-delay", "TIME", kRetries),
    NoEffect("--daemon-host", "HOST", kNoDaemon),
    NoEffect("--shared-blob-dir", "DIR", "a layout has its own blobs"),
};

constexpr std::array kSync = {
    Same("-a,--all"),
    Same("-s,--src", "KIND"),
    Same("-d,--dest", "KIND"),
    Same("--scoped"),
    Same("--append-suffix", "TEXT"),
    Same("--digestfile", "FILE"),
    Same("--dry-run"),
    Same("--keep-going"),
    Always("-f,--format", "TYPE", "types stay as they are"),
    Always("--preserve-digests", "", "digests stay as they are"),
    Always("--remove-signatures", "", "signatures of the old kind are not copied"),
    Always("--retry-times", "N", kRetries),
    Always("--retry-delay", "TIME", kRetries),
    Refused("--sign-by", "KEY", kNoSigning, kUseCosign),
    Refused("--sign-by-sigstore", "FILE", kNoSigning, kUseCosign),
    Refused("--sign-by-sigstore-private-key", "FILE", kNoSigning, kUseCosign),
};

constexpr std::array kLogin = {
    Same("-u,--username", "NAME"),
    Same("-p,--password", "PASSWORD"),
    Same("--password-stdin"),
    Same("--get-login"),
    As("--compat-auth-file", "FILE", "--authfile"),
    Always("-v,--verbose", "", "where the login is kept is always said"),
};

constexpr std::array kLogout = {
    Same("-a,--all"),
    As("--compat-auth-file", "FILE", "--authfile"),
};

constexpr std::array kWords = {
    Word{"copy", "copy", kCopy},
    Word{"delete", "delete", kOther, "--with-all-tags"},
    Word{"inspect", "inspect", kInspect},
    Word{"list-tags", "tags", kOther, "--format=skopeo"},
    Word{"login", "login", kLogin},
    Word{"logout", "logout", kLogout},
    Word{"manifest-digest", "manifest-digest"},
    Word{"sync", "sync", kSync},
    Word{"help", "help"},
};

constexpr std::array kCommands = {
    CommandEntry{"inspect", "IMAGE", "Show what an image is", {1, 1}, MakeRemoteInspect},
    CommandEntry{
        "manifest-digest", "FILE", "Show a manifest file's digest", {1, 1}, MakeManifestDigest},
};

constexpr std::string_view kNoSignatures = "signatures of this kind are not made or read";
constexpr std::array kAbsent = {
    Absent{"standalone-sign", kNoSignatures, "sign with `cosign`"},
    Absent{"standalone-verify", kNoSignatures, "verify with `cosign`"},
    Absent{"generate-sigstore-key", kNoSignatures, "`cosign generate-key-pair` makes one"},
};

}  // namespace

constinit const Tool kSkopeoTool = {.kind = ToolKind::kSkopeo,
                                    .name = "skopeo",
                                    .title = "skopeo",
                                    .globals = kGlobals,
                                    .words = kWords,
                                    .commands = kCommands,
                                    .absent = kAbsent};

}  // namespace ibuild::cli
