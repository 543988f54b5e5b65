// When the content of a source was made, for SOURCE_DATE_EPOCH: the time of a commit; what a web
// server says, else that of the newest file in the archive it sends; nothing of a directory or an
// image.
#pragma once

#include <cstdint>
#include <optional>

#include "builder/plan/epoch.h"
#include "builder/solve/remote_access.h"

namespace ibuild::builder {

std::optional<std::int64_t> FindSourceTime(const RemoteAccess& access, const EpochSource& source);

}  // namespace ibuild::builder
