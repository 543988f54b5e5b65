// The commands that work on images where they are, mostly in registries.
#pragma once

#include <memory>

#include "cli/command.h"

namespace ibuild::cli {

std::unique_ptr<Command> MakeAppend();
std::unique_ptr<Command> MakeArtifactPull();
std::unique_ptr<Command> MakeArtifactPush();
std::unique_ptr<Command> MakeArtifactAttach();
std::unique_ptr<Command> MakeCatalog();
std::unique_ptr<Command> MakeDelete();
std::unique_ptr<Command> MakeImageDiff();
std::unique_ptr<Command> MakeDigest();
std::unique_ptr<Command> MakeFlatten();
std::unique_ptr<Command> MakeImagetoolsCreate();
std::unique_ptr<Command> MakeImagetoolsInspect();
std::unique_ptr<Command> MakeIndexAdd();
std::unique_ptr<Command> MakeIndexCreate();
std::unique_ptr<Command> MakeIndexFilter();
std::unique_ptr<Command> MakeIndexRemove();
std::unique_ptr<Command> MakeManifestAdd();
std::unique_ptr<Command> MakeManifestAnnotate();
std::unique_ptr<Command> MakeManifestCreate();
std::unique_ptr<Command> MakeManifestInspect();
std::unique_ptr<Command> MakeManifestPush();
std::unique_ptr<Command> MakeManifestRemove();
std::unique_ptr<Command> MakeManifestRm();
std::unique_ptr<Command> MakeMutate();
std::unique_ptr<Command> MakeRebase();
std::unique_ptr<Command> MakeReferrers();
std::unique_ptr<Command> MakeRemoteExport();
std::unique_ptr<Command> MakeRemoteInspect();
std::unique_ptr<Command> MakeSyncImages();
std::unique_ptr<Command> MakeValidate();

// Words of other tools that no verb of ours is the same as.
std::unique_ptr<Command> MakeRawBlob();
std::unique_ptr<Command> MakeRawConfig();
std::unique_ptr<Command> MakeRawManifest();
std::unique_ptr<Command> MakeManifestDigest();
std::unique_ptr<Command> MakeRetag();
std::unique_ptr<Command> MakeCranePull();
std::unique_ptr<Command> MakeCranePush();
std::unique_ptr<Command> MakeImportTo();

}  // namespace ibuild::cli
