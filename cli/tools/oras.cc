// The command line of oras 1.2, by its reference.
#include <array>

#include "cli/commands/remote.h"
#include "cli/tools/tables.h"

namespace ibuild::cli {
namespace {

#define IBUILD_ORAS_COMMON                                                                         \
  As("-d,--debug", "", "--debug"), As("--insecure", "", "--tls-verify=false"),                     \
      As("--plain-http", "", "--tls-verify=false"), As("--registry-config", "FILE", "--authfile"), \
      As("--no-tty", "", "--progress=plain"), Same("--ca-file", "FILE"),                           \
      As("--concurrency", "N", "--jobs"), Same("--platform", "PLATFORM")

constexpr std::array kCommon = {IBUILD_ORAS_COMMON};

constexpr std::array kPush = {
    IBUILD_ORAS_COMMON,
    Same("--artifact-type", "TYPE"),
    Same("-a,--annotation", "KEY=VALUE"),
    Always("--disable-path-validation", "", "a file is titled by its name"),
    Refused("--config", "FILE", "an artifact has the empty configuration",
            "say what it is with `--artifact-type`"),
    NoEffect("--image-spec", "VERSION", "manifests are those of version 1.1", "v1.1"),
};

constexpr std::array kPull = {
    IBUILD_ORAS_COMMON,
    Same("-o,--output", "DIR"),
    Always("-k,--keep-old-files", "", "files are written whole"),
    Always("--allow-path-traversal", "", "files stay below the directory"),
};

constexpr std::array kDiscover = {
    IBUILD_ORAS_COMMON,
    Same("--artifact-type", "TYPE"),
    As("-o,--output", "FORMAT", "--format"),
    Same("--format", "FORMAT"),
    NoEffect("--distribution-spec", "VERSION", "the way that the registry has is used"),
};

constexpr std::array kCopy = {
    IBUILD_ORAS_COMMON,
    As("-r,--recursive", "", "--referrers"),
    As("--from-username", "NAME", "--src-username"),
    As("--from-password", "PASSWORD", "--src-password"),
    As("--to-username", "NAME", "--dest-username"),
    As("--to-password", "PASSWORD", "--dest-password"),
    As("--from-plain-http", "", "--src-tls-verify=false"),
    As("--to-plain-http", "", "--dest-tls-verify=false"),
    As("--from-insecure", "", "--src-tls-verify=false"),
    As("--to-insecure", "", "--dest-tls-verify=false"),
};

constexpr std::array kResolve = {
    IBUILD_ORAS_COMMON,
    As("-l,--full-reference", "", "--full-ref"),
};

constexpr std::array kTags = {
    IBUILD_ORAS_COMMON,
    As("--exclude-digest-tags", "", "--omit-digest-tags"),
};

constexpr std::array kDelete = {
    IBUILD_ORAS_COMMON,
    Always("-f,--force", "", "nothing is asked"),
};

constexpr std::array kFetch = {
    IBUILD_ORAS_COMMON,
    Always("--pretty", "", "the bytes are shown as they are"),
    Always("--descriptor", "", "the bytes are shown as they are"),
};

constexpr std::array kLogin = {
    As("-d,--debug", "", "--debug"),
    As("--insecure", "", "--tls-verify=false"),
    As("--plain-http", "", "--tls-verify=false"),
    As("--registry-config", "FILE", "--authfile"),
    Same("-u,--username", "NAME"),
    Same("-p,--password", "PASSWORD"),
    Same("--password-stdin"),
};

constexpr std::array kWords = {
    Word{"push", "artifact push", kPush},
    Word{"pull", "artifact pull", kPull},
    Word{"attach", "attach", kPush},
    Word{"discover", "referrers", kDiscover},
    Word{"copy", "copy", kCopy},
    Word{"cp", "copy", kCopy},
    Word{"tag", "tag", kCommon},
    Word{"resolve", "digest", kResolve},
    Word{"login", "login", kLogin},
    Word{"logout", "logout", kCommon},
    Word{"repo tags", "tags", kTags},
    Word{"repo ls", "catalog", kCommon},
    Word{"manifest fetch", "manifest fetch", kFetch},
    Word{"manifest fetch-config", "manifest fetch-config", kFetch},
    Word{"manifest delete", "delete", kDelete, "--with-all-tags"},
    Word{"blob fetch", "blob fetch", kFetch},
    Word{"version", "version"},
    Word{"help", "help"},
};

#undef IBUILD_ORAS_COMMON

constexpr std::array kCommands = {
    CommandEntry{
        "tag", "NAME TAG...", "Give an image of a registry other tags", {2, 64}, MakeRetag},
    CommandEntry{"manifest fetch", "NAME", "Show a manifest", {1, 1}, MakeRawManifest},
    CommandEntry{"manifest fetch-config", "NAME", "Show a configuration", {1, 1}, MakeRawConfig},
    CommandEntry{"blob fetch", "NAME@DIGEST", "Show a blob's bytes", {1, 1}, MakeRawBlob},
};

}  // namespace

constinit const Tool kOrasTool = {.kind = ToolKind::kOras,
                                  .name = "oras",
                                  .title = "oras",
                                  .globals = {},
                                  .words = kWords,
                                  .commands = kCommands};

}  // namespace ibuild::cli
