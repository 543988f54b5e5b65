// The command line of regctl 0.9, by its reference.
#include <array>

#include "cli/commands/all.h"
#include "cli/commands/remote.h"
#include "cli/tools/tables.h"

namespace ibuild::cli {
namespace {

constexpr std::size_t kAny = static_cast<std::size_t>(-1);
constexpr std::string_view kHosts = "hosts are configured with registries.conf or hosts.toml here";

constexpr std::array kGlobals = {
    As("-v,--verbosity", "LEVEL", "--log-level"),
    NoEffect("--logopt", "OPTION", "messages have one form"),
    NoEffect("--user-agent", "TEXT", "requests say who sends them"),
    NoEffect("--host", "HOST", kHosts),
};

constexpr std::array kPlatform = {
    As("-p,--platform", "PLATFORM", "--platform"),
};

constexpr std::array kCopy = {
    As("-p,--platform", "PLATFORM", "--platform"),
    Same("--referrers"),
    Always("--digest-tags", "", "tags of digests are copied with --referrers"),
    Always("--fast", "", "what is there is not sent again"),
    Always("--force-recursive", "", "an index is copied with its images"),
    NoEffect("--include-external", "", "foreign layers stay where they are"),
};

constexpr std::array kConfig = {
    As("-p,--platform", "PLATFORM", "--platform"),
    Same("--format", "TEMPLATE"),
};

constexpr std::array kTags = {
    As("--include", "EXPRESSION", "--filter=/*/"),
    Same("--format", "FORMAT"),
};

constexpr std::array kIndexCreate = {
    As("--ref", "NAME", "--manifest"),
    Same("--platform", "PLATFORM"),
    Same("--annotation", "KEY=VALUE"),
    Always("--by-digest", "", "images are named by their digests"),
};

constexpr std::array kWords = {
    Word{"image copy", "copy", kCopy},
    Word{"image cp", "copy", kCopy},
    Word{"image digest", "digest", kPlatform},
    Word{"image manifest", "image manifest", kConfig},
    Word{"image inspect", "image inspect", kConfig},
    Word{"image config", "image inspect", kConfig},
    Word{"image delete", "delete", {}, "--with-all-tags"},
    Word{"image rm", "delete", {}, "--with-all-tags"},
    Word{"image export", "image export", kPlatform},
    Word{"image import", "image import"},
    Word{"manifest get", "image manifest", kConfig},
    Word{"manifest head", "digest", kPlatform},
    Word{"manifest delete", "delete", {}, "--with-all-tags"},
    Word{"manifest diff", "diff"},
    Word{"index create", "index create", kIndexCreate},
    Word{"index add", "index add", kIndexCreate},
    Word{"index delete", "index remove"},
    Word{"blob get", "blob get"},
    Word{"tag ls", "tags", kTags},
    Word{"tag list", "tags", kTags},
    Word{"tag delete", "delete"},
    Word{"tag rm", "delete"},
    Word{"repo ls", "catalog"},
    Word{"repo copy", "copy", kCopy, "--all-tags"},
    Word{"artifact list", "referrers"},
    Word{"artifact tree", "referrers"},
    Word{"registry login", "login"},
    Word{"registry logout", "logout"},
    Word{"version", "version"},
    Word{"help", "help"},
};

constexpr std::array kCommands = {
    CommandEntry{"image manifest", "NAME", "Show an image's manifest", {1, 1}, MakeRawManifest},
    CommandEntry{"image inspect", "NAME", "Show an image's configuration", {1, 1}, MakeRawConfig},
    CommandEntry{"image export", "NAME FILE", "Write an image to a file", {2, kAny}, MakeCranePull},
    CommandEntry{
        "image import", "NAME FILE", "Send an archive's image to a registry", {2, 2}, MakeImportTo},
    CommandEntry{"blob get", "NAME DIGEST", "Show a blob's bytes", {1, 2}, MakeRawBlob},
};

}  // namespace

constinit const Tool kRegctlTool = {.kind = ToolKind::kRegctl,
                                    .name = "regctl",
                                    .title = "regctl",
                                    .globals = kGlobals,
                                    .words = kWords,
                                    .commands = kCommands};

}  // namespace ibuild::cli
