// The makers of all commands, one for each file in this folder.
#pragma once

#include <memory>

#include "cli/command.h"

namespace ibuild::cli {

std::unique_ptr<Command> MakeAttach();  // a container, or files to an image
std::unique_ptr<Command> MakeBuild();
std::unique_ptr<Command> MakeBuildahAdd();
std::unique_ptr<Command> MakeBuildahCommit();
std::unique_ptr<Command> MakeBuildahConfig();
std::unique_ptr<Command> MakeBuildahContainers();
std::unique_ptr<Command> MakeBuildahCopy();
std::unique_ptr<Command> MakeBuildahFrom();
std::unique_ptr<Command> MakeBuildahRemove();
std::unique_ptr<Command> MakeBuildahRename();
std::unique_ptr<Command> MakeBuildahRun();
std::unique_ptr<Command> MakeKaniko();
std::unique_ptr<Command> MakeBuilderContexts();
std::unique_ptr<Command> MakeBuilderCreate();
std::unique_ptr<Command> MakeBuilderDu();
std::unique_ptr<Command> MakeBuilderInspect();
std::unique_ptr<Command> MakeBuilderList();
std::unique_ptr<Command> MakeBuilderNothing();
std::unique_ptr<Command> MakeBuilderPrune();
std::unique_ptr<Command> MakeBuilderVersion();
std::unique_ptr<Command> MakeBuilds();
std::unique_ptr<Command> MakeCacheExport();
std::unique_ptr<Command> MakeCacheImport();
std::unique_ptr<Command> MakeCacheLs();
std::unique_ptr<Command> MakeCompare();
std::unique_ptr<Command> MakeCopy();
std::unique_ptr<Command> MakeDebug();
std::unique_ptr<Command> MakeDiff();  // of a container, or of two images
std::unique_ptr<Command> MakeDoctor();
std::unique_ptr<Command> MakeDu();
std::unique_ptr<Command> MakeExplain();
std::unique_ptr<Command> MakeExport();
std::unique_ptr<Command> MakeHelp();
std::unique_ptr<Command> MakeHistory();
std::unique_ptr<Command> MakeImageExists();
std::unique_ptr<Command> MakeImagePrune();
std::unique_ptr<Command> MakeImages();
std::unique_ptr<Command> MakeImport();
std::unique_ptr<Command> MakeInfo();
std::unique_ptr<Command> MakeInspect();
std::unique_ptr<Command> MakeListAdd();
std::unique_ptr<Command> MakeListCreate();
std::unique_ptr<Command> MakeListInspect();
std::unique_ptr<Command> MakeListPush();
std::unique_ptr<Command> MakeListRemove();
std::unique_ptr<Command> MakeLoad();
std::unique_ptr<Command> MakeLogin();
std::unique_ptr<Command> MakeLogout();
std::unique_ptr<Command> MakePrune();
std::unique_ptr<Command> MakePull();
std::unique_ptr<Command> MakePush();
std::unique_ptr<Command> MakeRmi();
std::unique_ptr<Command> MakeSave();
std::unique_ptr<Command> MakeSync();
std::unique_ptr<Command> MakeTag();
std::unique_ptr<Command> MakeTags();
std::unique_ptr<Command> MakeUnpack();
std::unique_ptr<Command> MakeUnshare();
std::unique_ptr<Command> MakeUntag();
std::unique_ptr<Command> MakeVersion();

}  // namespace ibuild::cli
