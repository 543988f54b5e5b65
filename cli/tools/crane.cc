// The command line of crane 0.20, by its reference.
#include <array>

#include "cli/commands/remote.h"
#include "cli/tools/tables.h"

namespace ibuild::cli {
namespace {

constexpr std::size_t kAny = static_cast<std::size_t>(-1);

constexpr std::array kGlobals = {
    As("--platform", "PLATFORM", "--default-platform"),
    As("--insecure", "", "--all-registries-insecure"),
    As("-v,--verbose", "", "--debug"),
    Always("--allow-nondistributable-artifacts", "", "foreign layers stay where they are"),
};

// Persistent flags may stand behind the word, too.
#define IBUILD_CRANE_PERSISTENT                                                  \
  As("--insecure", "", "--tls-verify=false"), As("-v,--verbose", "", "--debug"), \
      Always("--allow-nondistributable-artifacts", "", "foreign layers stay where they are")
#define IBUILD_CRANE_COMMON Same("--platform", "PLATFORM"), IBUILD_CRANE_PERSISTENT

constexpr std::array kCommon = {IBUILD_CRANE_COMMON};
// Of words that mean the same for every platform.
constexpr std::array kAnyPlatform = {
    IBUILD_CRANE_PERSISTENT,
    Always("--platform", "PLATFORM", "it is the same for every platform"),
};

constexpr std::array kAppend = {
    IBUILD_CRANE_COMMON,
    Same("-b,--base", "NAME"),
    Same("-f,--new_layer", "FILE"),
    As("-t,--new_tag", "NAME", "--tag"),
    Same("-o,--output", "FILE"),
    Same("--set-base-image-annotations"),
    Always("--oci-empty-base", "", "an empty base has OCI types"),
};

constexpr std::array kCopy = {
    IBUILD_CRANE_COMMON,
    As("-a,--all-tags", "", "--all-tags"),
    As("-n,--no-clobber", "", "--no-clobber"),
    As("-j,--jobs", "N", "--jobs"),
};

constexpr std::array kDigest = {
    IBUILD_CRANE_COMMON,
    Same("--full-ref"),
    Same("--tarball", "FILE"),
};

constexpr std::array kList = {
    IBUILD_CRANE_PERSISTENT,
    Same("--full-ref"),
    As("-O,--omit-digest-tags", "", "--omit-digest-tags"),
    Always("--platform", "PLATFORM", "it is the same for every platform"),
};

constexpr std::array kMutate = {
    IBUILD_CRANE_COMMON,
    As("-a,--annotation", "LIST", "--annotation-list"),
    Same("--append", "FILE"),
    Same("--cmd", "LIST"),
    Same("--entrypoint", "LIST"),
    As("-e,--env", "LIST", "--env-list"),
    Same("--exposed-ports", "LIST"),
    As("-l,--label", "LIST", "--label-list"),
    Same("-o,--output", "FILE"),
    Same("--repo", "NAME"),
    Same("--set-platform", "PLATFORM"),
    Same("-t,--tag", "NAME"),
    Same("-u,--user", "USER"),
    Same("-w,--workdir", "DIR"),
};

constexpr std::array kIndexAppend = {
    IBUILD_CRANE_COMMON,
    Same("-m,--manifest", "NAME"),
    Same("-t,--tag", "NAME"),
    As("--docker-empty-base", "", "--docker"),
    Always("--flatten", "", "an index in an index is always taken apart"),
};

constexpr std::array kRebase = {
    IBUILD_CRANE_COMMON,      Same("--old_base", "NAME"),       Same("--new_base", "NAME"),
    Same("-t,--tag", "NAME"), As("--rebased", "NAME", "--tag"),
};

constexpr std::array kWords = {
    Word{"append", "append", kAppend},
    Word{"auth login", "login", kAnyPlatform},
    Word{"auth logout", "logout", kAnyPlatform},
    Word{"blob", "blob", kAnyPlatform},
    Word{"catalog", "catalog", kAnyPlatform},
    Word{"config", "config", kCommon},
    Word{"copy", "copy", kCopy},
    Word{"cp", "copy", kCopy},
    Word{"delete", "delete", kAnyPlatform},
    Word{"digest", "digest", kDigest},
    Word{"export", "export", kCommon},
    Word{"flatten", "flatten", kCommon},
    Word{"index append", "index append", kIndexAppend},
    Word{"index filter", "index filter", kIndexAppend},
    Word{"ls", "tags", kList},
    Word{"manifest", "manifest", kCommon},
    Word{"mutate", "mutate", kMutate},
    Word{"pull", "pull", kCommon},
    Word{"push", "push", kCommon},
    Word{"rebase", "rebase", kRebase},
    Word{"tag", "tag", kCommon},
    Word{"validate", "validate", kAnyPlatform},
    Word{"version", "version"},
    Word{"help", "help"},
};

#undef IBUILD_CRANE_COMMON
#undef IBUILD_CRANE_PERSISTENT

constexpr std::array kCommands = {
    CommandEntry{"blob", "NAME@DIGEST", "Show a blob's bytes", {1, 1}, MakeRawBlob},
    CommandEntry{"config", "NAME", "Show an image's configuration", {1, 1}, MakeRawConfig},
    CommandEntry{
        "export", "NAME [FILE]", "Write an image's files as a tar", {1, 2}, MakeRemoteExport},
    CommandEntry{"index append", "[NAME]", "Add images to an index", {0, 1}, MakeIndexAdd},
    CommandEntry{"index filter", "NAME", "Keep some images of an index", {1, 1}, MakeIndexFilter},
    CommandEntry{"manifest", "NAME", "Show an image's manifest", {1, 1}, MakeRawManifest},
    CommandEntry{"pull", "NAME... FILE", "Write images to a file", {2, kAny}, MakeCranePull},
    CommandEntry{
        "push", "FILE NAME", "Send an archive's image to a registry", {2, 2}, MakeCranePush},
    CommandEntry{
        "tag", "NAME TAG", "Give an image of a registry another tag", {2, kAny}, MakeRetag},
};

constexpr std::array kAbsent = {
    Absent{"auth get", "passwords are not printed", "config.json of DOCKER_CONFIG has them"},
    Absent{"auth token", "tokens are not printed",
           "`catalog`, `ls` and the like log in themselves"},
    Absent{"edit", "images are not edited in an editor", "`crane mutate` changes them"},
    Absent{"serve", "there is no registry in it", "run a registry's image"},
    Absent{"registry", "there is no registry in it", "run a registry's image"},
    Absent{"layout", "layouts are not collected", "`crane pull --format=oci` writes a new one"},
};

}  // namespace

constinit const Tool kCraneTool = {.kind = ToolKind::kCrane,
                                   .name = "crane",
                                   .title = "crane",
                                   .globals = kGlobals,
                                   .words = kWords,
                                   .commands = kCommands,
                                   .absent = kAbsent};

}  // namespace ibuild::cli
