// Which stages a target needs: those it starts from, copies from and mounts.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "parser/syntax/stage.h"

namespace ibuild::parser {

// The stage that --target, COPY --from and a mount mean by `name`: the last one in the file.
std::optional<std::size_t> FindLastStage(const Dockerfile& dockerfile, std::string_view name);

// By stage. `target` must exist.
std::vector<bool> NeededStages(const Dockerfile& dockerfile, std::size_t target);

}  // namespace ibuild::parser
