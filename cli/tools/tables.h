// The tables of all tools, one for each file in this folder.
#pragma once

#include "cli/tools/tool.h"

namespace ibuild::cli {

extern const Tool kIbuildTool;
extern const Tool kDockerTool;
extern const Tool kPodmanTool;
extern const Tool kBuildahTool;
extern const Tool kKanikoTool;
extern const Tool kSkopeoTool;
extern const Tool kCraneTool;
extern const Tool kRegctlTool;
extern const Tool kOrasTool;

}  // namespace ibuild::cli
