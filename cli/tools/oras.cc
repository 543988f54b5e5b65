// The command line of oras 1.2, by its reference.
#include <array>

#include "cli/commands/remote.h"
#include "cli/tools/tables.h"

namespace ibuild::cli {
namespace {

// Of every word that speaks to a registry.
#define IBUILD_ORAS_ACCESS                                                                         \
  As("-d,--debug", "", "--debug"), As("--insecure", "", "--tls-verify=false"),                     \
      As("--plain-http", "", "--tls-verify=false"), As("--registry-config", "FILE", "--authfile"), \
      Same("--ca-file", "FILE"), As("--concurrency", "N", "--jobs")
// Those that show how far they are.
#define IBUILD_ORAS_MOVES IBUILD_ORAS_ACCESS, As("--no-tty", "", "--progress=plain")
// Those that are done before there is anything to show.
#define IBUILD_ORAS_LOOKS IBUILD_ORAS_ACCESS, Always("--no-tty", "", "nothing is redrawn")
#define IBUILD_ORAS_ANY_PLATFORM \
  Always("--platform", "PLATFORM", "it is the same for every platform")

constexpr std::array kCommon = {IBUILD_ORAS_MOVES, Same("--platform", "PLATFORM")};
constexpr std::array kPlain = {IBUILD_ORAS_LOOKS, IBUILD_ORAS_ANY_PLATFORM};

constexpr std::array kPush = {
    IBUILD_ORAS_MOVES,
    NoEffect("--platform", "PLATFORM", "the files of an artifact are the same for every platform"),
    Same("--artifact-type", "TYPE"),
    Same("-a,--annotation", "KEY=VALUE"),
    Always("--disable-path-validation", "", "a file is titled by its name"),
    Refused("--config", "FILE", "an artifact has the empty configuration",
            "say what it is with `--artifact-type`"),
    NoEffect("--image-spec", "VERSION", "manifests are those of version 1.1", "v1.1"),
};

constexpr std::array kPull = {
    IBUILD_ORAS_MOVES,
    NoEffect("--platform", "PLATFORM", "the files of an artifact are the same for every platform"),
    Same("-o,--output", "DIR"),
    Always("-k,--keep-old-files", "", "files are written whole"),
    Always("--allow-path-traversal", "", "files stay below the directory"),
};

constexpr std::array kAttach = {
    IBUILD_ORAS_MOVES,
    Same("--platform", "PLATFORM"),
    Same("--artifact-type", "TYPE"),
    Same("-a,--annotation", "KEY=VALUE"),
    Always("--disable-path-validation", "", "a file is titled by its name"),
};

constexpr std::array kFetchBlob = {
    IBUILD_ORAS_LOOKS,
    IBUILD_ORAS_ANY_PLATFORM,
    As("-o,--output", "FILE", "--output"),
};

constexpr std::array kDiscover = {
    IBUILD_ORAS_MOVES,
    Same("--platform", "PLATFORM"),
    Same("--artifact-type", "TYPE"),
    As("-o,--output", "FORMAT", "--format"),
    Same("--format", "FORMAT"),
    NoEffect("--distribution-spec", "VERSION", "the way that the registry has is used"),
};

constexpr std::array kCopy = {
    IBUILD_ORAS_MOVES,
    Same("--platform", "PLATFORM"),
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
    IBUILD_ORAS_LOOKS,
    Same("--platform", "PLATFORM"),
    As("-l,--full-reference", "", "--full-ref"),
};

constexpr std::array kTags = {
    IBUILD_ORAS_LOOKS,
    IBUILD_ORAS_ANY_PLATFORM,
    As("--exclude-digest-tags", "", "--omit-digest-tags"),
};

constexpr std::array kDelete = {
    IBUILD_ORAS_LOOKS,
    IBUILD_ORAS_ANY_PLATFORM,
    Always("-f,--force", "", "nothing is asked"),
};

constexpr std::array kFetch = {
    IBUILD_ORAS_LOOKS,
    Same("--platform", "PLATFORM"),
    Always("--pretty", "", "the bytes are shown as they are"),
    Same("--descriptor"),
    As("-o,--output", "FILE", "--output"),
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
    Word{"attach", "attach", kAttach},
    Word{"discover", "referrers", kDiscover},
    Word{"copy", "copy", kCopy},
    Word{"cp", "copy", kCopy},
    Word{"tag", "tag", kCommon},
    Word{"resolve", "digest", kResolve},
    Word{"login", "login", kLogin},
    Word{"logout", "logout", kPlain},
    Word{"repo tags", "tags", kTags},
    Word{"repo ls", "catalog", kPlain},
    Word{"manifest fetch", "manifest fetch", kFetch},
    Word{"manifest fetch-config", "manifest fetch-config", kFetch},
    Word{"manifest delete", "delete", kDelete, "--with-all-tags"},
    Word{"blob fetch", "blob fetch", kFetchBlob},
    Word{"version", "version"},
    Word{"help", "help"},
};

#undef IBUILD_ORAS_ACCESS
#undef IBUILD_ORAS_MOVES
#undef IBUILD_ORAS_LOOKS
#undef IBUILD_ORAS_ANY_PLATFORM

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
