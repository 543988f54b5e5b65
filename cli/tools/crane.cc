// The command line of crane.
#include "cli/tools/tables.h"

namespace ibuild::cli {

constinit const Tool kCraneTool = {
    .kind = ToolKind::kCrane, .name = "crane", .title = "crane", .globals = {}, .words = {}};

}  // namespace ibuild::cli
