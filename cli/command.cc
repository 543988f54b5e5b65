#include "cli/command.h"

#include <algorithm>
#include <array>
#include <limits>

#include "cli/commands/all.h"

namespace ibuild::cli {
namespace {

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

constexpr std::array kCommands = {
    CommandEntry{"build", "[CONTEXT]", "Build an image from a Dockerfile", {0, 1}, MakeBuild},
    CommandEntry{"run",
                 "IMAGE [COMMAND [ARGUMENT...]]",
                 "Run an image in the foreground",
                 {1, kAny, true},
                 MakeRun},
    CommandEntry{"push", "IMAGE [DESTINATION]", "Send an image to its registry", {1, 2}, MakePush},
    CommandEntry{"pull", "NAME[:TAG|@DIGEST]...", "Fetch images", {1, kAny}, MakePull},
    CommandEntry{"images", "[NAME[:TAG]]", "List the images of the store", {0, 1}, MakeImages},
    CommandEntry{"tag", "IMAGE NAME[:TAG]...", "Give an image other names", {2, kAny}, MakeTag},
    CommandEntry{"rmi", "IMAGE...", "Remove images, or names of theirs", {0, kAny}, MakeRmi},
    CommandEntry{"untag", "IMAGE [NAME...]", "Take names away from an image", {1, kAny}, MakeUntag},
    CommandEntry{"image exists", "IMAGE", "Tell by the exit code", {1, 1}, MakeImageExists},
    CommandEntry{"image prune", "", "Remove images without a name", {0, 0}, MakeImagePrune},
    CommandEntry{"inspect", "IMAGE...", "Show what an image is, as JSON", {1, kAny}, MakeInspect},
    CommandEntry{"history", "IMAGE", "Show how an image was made", {1, 1}, MakeHistory},
    CommandEntry{"save", "IMAGE...", "Write images as an archive", {1, kAny}, MakeSave},
    CommandEntry{"load", "[ARCHIVE]", "Read images from an archive", {0, 1}, MakeLoad},
    CommandEntry{"export", "IMAGE", "Write an image's files as a tar", {1, 1}, MakeExport},
    CommandEntry{
        "import", "ROOTFS [NAME[:TAG]]", "Make an image of a tar of files", {1, 2}, MakeImport},
    CommandEntry{"unpack", "IMAGE DIRECTORY", "Write an image's files", {2, 2}, MakeUnpack},
    CommandEntry{"copy", "SOURCE TARGET", "Copy between registries", {2, 2}, MakeCopy},
    CommandEntry{"tags", "NAME", "List the tags of a repository", {1, 1}, MakeTags},
    CommandEntry{"login", "[REGISTRY]", "Log in to a registry", {0, 1}, MakeLogin},
    CommandEntry{"logout", "[REGISTRY]", "Forget a registry's credentials", {0, 1}, MakeLogout},
    CommandEntry{"prune", "", "Remove what no image needs", {0, 0}, MakePrune},
    CommandEntry{"sync", "", "Wait until all that was built is on the disk", {0, 0}, MakeSync},
    CommandEntry{"info", "", "Say what this machine allows", {0, 0}, MakeInfo},
    CommandEntry{"doctor", "", "Say what would make builds here better", {0, 0}, MakeDoctor},
    CommandEntry{"debug",
                 "WHAT FILE",
                 "Show how a Dockerfile is read, or what a layer holds",
                 {1, 2},
                 MakeDebug},
    CommandEntry{"version", "", "Show the version", {0, 0}, MakeVersion},
    CommandEntry{"help", "[COMMAND|compatibility [TOOL]]", "Show help", {0, 2}, MakeHelp},
};

}  // namespace

std::span<const CommandEntry> Commands() { return kCommands; }

const CommandEntry* FindCommand(std::string_view name) {
  const auto found = std::find_if(kCommands.begin(), kCommands.end(),
                                  [name](const CommandEntry& entry) { return entry.name == name; });
  return found == kCommands.end() ? nullptr : &*found;
}

}  // namespace ibuild::cli
