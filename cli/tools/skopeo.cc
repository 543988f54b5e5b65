// The command line of skopeo.
#include "cli/tools/tables.h"

namespace ibuild::cli {

constinit const Tool kSkopeoTool = {
    .kind = ToolKind::kSkopeo, .name = "skopeo", .title = "skopeo", .globals = {}, .words = {}};

}  // namespace ibuild::cli
