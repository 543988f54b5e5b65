// The commands about containers, networks and volumes, for the table in cli/command.cc.
#pragma once

#include <memory>

#include "cli/command.h"

namespace ibuild::cli {

std::unique_ptr<Command> MakeRun();
std::unique_ptr<Command> MakeCreate();
std::unique_ptr<Command> MakeStart();
std::unique_ptr<Command> MakeStop();
std::unique_ptr<Command> MakeRestart();
std::unique_ptr<Command> MakeKill();
std::unique_ptr<Command> MakeRm();
std::unique_ptr<Command> MakePause();
std::unique_ptr<Command> MakeUnpause();
std::unique_ptr<Command> MakeWait();
std::unique_ptr<Command> MakeRename();
std::unique_ptr<Command> MakePs();
std::unique_ptr<Command> MakeLogs();
std::unique_ptr<Command> MakeExec();
std::unique_ptr<Command> MakeContainerAttach();
std::unique_ptr<Command> MakeContainerInspect();
std::unique_ptr<Command> MakeTop();
std::unique_ptr<Command> MakePort();
std::unique_ptr<Command> MakeStats();
std::unique_ptr<Command> MakeUpdate();
std::unique_ptr<Command> MakeCp();
std::unique_ptr<Command> MakeContainerDiff();
std::unique_ptr<Command> MakeCommit();
std::unique_ptr<Command> MakeContainerExport();
std::unique_ptr<Command> MakeContainerPrune();
std::unique_ptr<Command> MakeNetworkCreate();
std::unique_ptr<Command> MakeNetworkLs();
std::unique_ptr<Command> MakeNetworkInspect();
std::unique_ptr<Command> MakeNetworkRm();
std::unique_ptr<Command> MakeNetworkPrune();
std::unique_ptr<Command> MakeNetworkConnect();
std::unique_ptr<Command> MakeNetworkDisconnect();
std::unique_ptr<Command> MakeVolumeCreate();
std::unique_ptr<Command> MakeVolumeLs();
std::unique_ptr<Command> MakeVolumeInspect();
std::unique_ptr<Command> MakeVolumeRm();
std::unique_ptr<Command> MakeVolumePrune();
std::unique_ptr<Command> MakeSystemPrune();
std::unique_ptr<Command> MakeSystemDf();
std::unique_ptr<Command> MakeContainerExists();  // podman's: told by the exit code
std::unique_ptr<Command> MakeNetworkExists();
std::unique_ptr<Command> MakeVolumeExists();
std::unique_ptr<Command> MakeEvents();

}  // namespace ibuild::cli
