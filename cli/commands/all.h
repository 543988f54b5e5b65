// The makers of all commands, one for each file in this folder.
#pragma once

#include <memory>

#include "cli/command.h"

namespace ibuild::cli {

std::unique_ptr<Command> MakeBuild();
std::unique_ptr<Command> MakeCopy();
std::unique_ptr<Command> MakeDebug();
std::unique_ptr<Command> MakeExport();
std::unique_ptr<Command> MakeHelp();
std::unique_ptr<Command> MakeHistory();
std::unique_ptr<Command> MakeImages();
std::unique_ptr<Command> MakeImport();
std::unique_ptr<Command> MakeInfo();
std::unique_ptr<Command> MakeInspect();
std::unique_ptr<Command> MakeLoad();
std::unique_ptr<Command> MakeLogin();
std::unique_ptr<Command> MakeLogout();
std::unique_ptr<Command> MakePrune();
std::unique_ptr<Command> MakePull();
std::unique_ptr<Command> MakePush();
std::unique_ptr<Command> MakeRmi();
std::unique_ptr<Command> MakeRun();
std::unique_ptr<Command> MakeSave();
std::unique_ptr<Command> MakeSync();
std::unique_ptr<Command> MakeTag();
std::unique_ptr<Command> MakeTags();
std::unique_ptr<Command> MakeUnpack();
std::unique_ptr<Command> MakeVersion();

}  // namespace ibuild::cli
