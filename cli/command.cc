#include "cli/command.h"

#include <algorithm>
#include <array>
#include <limits>

#include "cli/commands/all.h"
#include "cli/containers/commands.h"
#include "cli/commands/remote.h"

namespace ibuild::cli {
namespace {

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

constexpr std::array kCommands = {
    CommandEntry{"build", "[CONTEXT]", "Build an image from a Dockerfile", {0, 1}, MakeBuild},
    CommandEntry{"run", "IMAGE [COMMAND [ARGUMENT...]]", "Run an image", {1, kAny, true}, MakeRun},
    CommandEntry{"create",
                 "IMAGE [COMMAND [ARGUMENT...]]",
                 "Make a container, without starting it",
                 {1, kAny, true},
                 MakeCreate},
    CommandEntry{"start", "CONTAINER...", "Start containers", {1, kAny}, MakeStart},
    CommandEntry{"stop", "CONTAINER...", "Ask containers to end", {1, kAny}, MakeStop},
    CommandEntry{"restart", "CONTAINER...", "Stop and start", {1, kAny}, MakeRestart},
    CommandEntry{"kill", "CONTAINER...", "Send containers a signal", {1, kAny}, MakeKill},
    CommandEntry{"rm", "CONTAINER...", "Remove containers", {0, kAny}, MakeRm},
    CommandEntry{"ps", "", "List containers", {0, 0}, MakePs},
    CommandEntry{"logs", "CONTAINER", "Show what a container wrote", {1, 1}, MakeLogs},
    CommandEntry{"exec",
                 "CONTAINER COMMAND [ARGUMENT...]",
                 "Run a command in a container",
                 {2, kAny, true},
                 MakeExec},
    CommandEntry{"attach", "CONTAINER", "Watch a container", {1, 1}, MakeAttach},
    CommandEntry{"wait", "CONTAINER...", "Wait for their end", {1, kAny}, MakeWait},
    CommandEntry{"pause", "CONTAINER...", "Stop their processes", {1, kAny}, MakePause},
    CommandEntry{"unpause", "CONTAINER...", "Let them go on", {1, kAny}, MakeUnpause},
    CommandEntry{"rename", "CONTAINER NAME", "Give another name", {2, 2}, MakeRename},
    CommandEntry{"top", "CONTAINER [OPTION...]", "Show its processes", {1, kAny, true}, MakeTop},
    CommandEntry{"port", "CONTAINER [PORT]", "Show its published ports", {1, 2}, MakePort},
    CommandEntry{"stats", "[CONTAINER...]", "Show what they use", {0, kAny}, MakeStats},
    CommandEntry{"update", "CONTAINER...", "Change limits", {1, kAny}, MakeUpdate},
    CommandEntry{"diff", "CONTAINER", "Show what it changed", {1, 1}, MakeDiff},
    CommandEntry{"cp", "FROM TO", "Copy files, one of them NAME:PATH", {2, 2}, MakeCp},
    CommandEntry{
        "commit", "CONTAINER NAME[:TAG]", "Make an image of a container", {1, 2}, MakeCommit},
    CommandEntry{"container export",
                 "CONTAINER",
                 "Write a container's files as a tar",
                 {1, 1},
                 MakeContainerExport},
    CommandEntry{"container inspect",
                 "CONTAINER...",
                 "Show containers as JSON",
                 {1, kAny},
                 MakeContainerInspect},
    CommandEntry{"container prune", "", "Remove those that have ended", {0, 0}, MakeContainerPrune},
    CommandEntry{"network create", "NAME", "Make a network", {1, 1}, MakeNetworkCreate},
    CommandEntry{"network ls", "", "List networks", {0, 0}, MakeNetworkLs},
    CommandEntry{
        "network inspect", "NETWORK...", "Show networks as JSON", {1, kAny}, MakeNetworkInspect},
    CommandEntry{"network rm", "NETWORK...", "Remove networks", {1, kAny}, MakeNetworkRm},
    CommandEntry{"network prune", "", "Remove unused networks", {0, 0}, MakeNetworkPrune},
    CommandEntry{"network connect",
                 "NETWORK CONTAINER",
                 "Put a container on one more network",
                 {2, 2},
                 MakeNetworkConnect},
    CommandEntry{"network disconnect",
                 "NETWORK CONTAINER",
                 "Take a container off a network",
                 {2, 2},
                 MakeNetworkDisconnect},
    CommandEntry{"volume create", "[NAME]", "Make a volume", {0, 1}, MakeVolumeCreate},
    CommandEntry{"volume ls", "", "List volumes", {0, 0}, MakeVolumeLs},
    CommandEntry{
        "volume inspect", "VOLUME...", "Show volumes as JSON", {1, kAny}, MakeVolumeInspect},
    CommandEntry{"volume rm", "VOLUME...", "Remove volumes", {1, kAny}, MakeVolumeRm},
    CommandEntry{"volume prune", "", "Remove unused volumes", {0, 0}, MakeVolumePrune},
    CommandEntry{"system prune", "", "Remove what nothing needs", {0, 0}, MakeSystemPrune},
    CommandEntry{"push", "IMAGE [DESTINATION]", "Send an image to its registry", {1, 2}, MakePush},
    CommandEntry{"pull", "NAME[:TAG|@DIGEST]...", "Fetch images", {1, kAny}, MakePull},
    CommandEntry{"images", "[NAME[:TAG]]", "List the images of the store", {0, 1}, MakeImages},
    CommandEntry{"tag", "IMAGE NAME[:TAG]...", "Give an image other names", {2, kAny}, MakeTag},
    CommandEntry{"rmi", "IMAGE...", "Remove images, or names of theirs", {0, kAny}, MakeRmi},
    CommandEntry{"untag", "IMAGE [NAME...]", "Take names away from an image", {1, kAny}, MakeUntag},
    CommandEntry{"image exists", "IMAGE", "Tell by the exit code", {1, 1}, MakeImageExists},
    CommandEntry{"image prune", "", "Remove images without a name", {0, 0}, MakeImagePrune},
    CommandEntry{"inspect", "IMAGE|CONTAINER...", "Show something as JSON", {1, kAny}, MakeInspect},
    CommandEntry{"history", "IMAGE", "Show how an image was made", {1, 1}, MakeHistory},
    CommandEntry{"save", "IMAGE...", "Write images as an archive", {1, kAny}, MakeSave},
    CommandEntry{"load", "[ARCHIVE]", "Read images from an archive", {0, 1}, MakeLoad},
    CommandEntry{"export", "IMAGE", "Write an image's files as a tar", {1, 1}, MakeExport},
    CommandEntry{
        "import", "ROOTFS [NAME[:TAG]]", "Make an image of a tar of files", {1, 2}, MakeImport},
    CommandEntry{"unpack", "IMAGE DIRECTORY", "Write an image's files", {2, 2}, MakeUnpack},
    CommandEntry{
        "copy", "SOURCE TARGET", "Copy an image from anywhere to anywhere", {2, 2}, MakeCopy},
    CommandEntry{"sync",
                 "[SOURCE TARGET]",
                 "Copy many images; without any, wait for the disk",
                 {0, 2},
                 MakeSyncImages},
    CommandEntry{"digest", "NAME...", "Show what a name means now", {0, kAny}, MakeDigest},
    CommandEntry{"delete", "NAME...", "Delete from a registry", {1, kAny}, MakeDelete},
    CommandEntry{"diff", "IMAGE IMAGE", "Show what sets two images apart", {2, 2}, MakeDiff},
    CommandEntry{
        "validate", "[NAME...]", "Read an image and check all of it", {0, kAny}, MakeValidate},
    CommandEntry{"mutate", "NAME", "Change an image's configuration", {1, 1}, MakeMutate},
    CommandEntry{"append", "[BASE] FILE...", "Put a layer on an image", {0, kAny}, MakeAppend},
    CommandEntry{"rebase", "NAME", "Put an image on another base", {1, 1}, MakeRebase},
    CommandEntry{"flatten", "NAME", "Make one layer of all", {1, 1}, MakeFlatten},
    CommandEntry{"index create",
                 "IMAGE...",
                 "Put images of several platforms under one name",
                 {1, kAny},
                 MakeIndexCreate},
    CommandEntry{"index add", "NAME IMAGE...", "Add images to an index", {1, kAny}, MakeIndexAdd},
    CommandEntry{"index remove",
                 "NAME PLATFORM|DIGEST...",
                 "Take images out of an index",
                 {2, kAny},
                 MakeIndexRemove},
    CommandEntry{"manifest create",
                 "NAME [IMAGE...]",
                 "Begin an index in the store",
                 {1, kAny},
                 MakeManifestCreate},
    CommandEntry{"manifest add", "NAME IMAGE...", "Add images to it", {2, kAny}, MakeManifestAdd},
    CommandEntry{"manifest annotate",
                 "NAME IMAGE",
                 "Say what an image of it is for",
                 {2, 2},
                 MakeManifestAnnotate},
    CommandEntry{
        "manifest remove", "NAME IMAGE...", "Take images out of it", {2, kAny}, MakeManifestRemove},
    CommandEntry{
        "manifest inspect", "NAME", "Show an index or manifest", {1, 1}, MakeManifestInspect},
    CommandEntry{
        "manifest push", "NAME [TARGET]", "Send it to a registry", {1, 2}, MakeManifestPush},
    CommandEntry{"manifest rm", "NAME...", "Forget it", {1, kAny}, MakeManifestRm},
    CommandEntry{"referrers", "NAME", "List what refers to an image", {1, 1}, MakeReferrers},
    CommandEntry{
        "attach", "NAME FILE[:TYPE]...", "Attach files to an image", {1, kAny}, MakeAttach},
    CommandEntry{"artifact push",
                 "NAME FILE[:TYPE]...",
                 "Keep files in a registry",
                 {1, kAny},
                 MakeArtifactPush},
    CommandEntry{"artifact pull", "NAME", "Fetch them", {1, 1}, MakeArtifactPull},
    CommandEntry{"catalog", "REGISTRY", "List the repositories of a registry", {1, 1}, MakeCatalog},
    CommandEntry{"tags", "NAME", "List the tags of a repository", {1, 1}, MakeTags},
    CommandEntry{"login", "[REGISTRY]", "Log in to a registry", {0, 1}, MakeLogin},
    CommandEntry{"logout", "[REGISTRY]", "Forget a registry's credentials", {0, 1}, MakeLogout},
    CommandEntry{"builds",
                 "[logs [BUILD] [STEP]]",
                 "List the builds there were, or what their steps wrote",
                 {0, 3},
                 MakeBuilds},
    CommandEntry{"explain", "[BUILD]", "Say why the steps of a build ran", {0, 1}, MakeExplain},
    CommandEntry{"du", "", "Show what the build cache holds", {0, 0}, MakeDu},
    CommandEntry{"prune", "", "Remove what no image and no build needs", {0, 0}, MakePrune},
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
