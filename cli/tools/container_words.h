// The words about containers that docker and podman have in common.
#pragma once

#include <algorithm>
#include <array>

#include "cli/tools/tool.h"

namespace ibuild::cli {

inline constexpr std::array kContainerWords = {
    Word{"container run", "run"},
    Word{"container create", "create"},
    Word{"container start", "start"},
    Word{"container stop", "stop"},
    Word{"container restart", "restart"},
    Word{"container kill", "kill"},
    Word{"container rm", "rm"},
    Word{"container ps", "ps"},
    Word{"container logs", "logs"},
    Word{"container exec", "exec"},
    Word{"container attach", "attach"},
    Word{"container wait", "wait"},
    Word{"container pause", "pause"},
    Word{"container unpause", "unpause"},
    Word{"container rename", "rename"},
    Word{"container top", "top"},
    Word{"container port", "port"},
    Word{"container stats", "stats"},
    Word{"container update", "update"},
    Word{"container diff", "diff"},
    Word{"container cp", "cp"},
    Word{"container commit", "commit"},
    Word{"container ls", "ps"},
    Word{"container list", "ps"},
    Word{"container export", "container export"},
    Word{"container inspect", "container inspect"},
    Word{"container prune", "container prune"},
    Word{"network create", "network create"},
    Word{"volume create", "volume create"},
    Word{"network ls", "network ls"},
    Word{"volume ls", "volume ls"},
    Word{"network list", "network ls"},
    Word{"volume list", "volume ls"},
    Word{"network inspect", "network inspect"},
    Word{"volume inspect", "volume inspect"},
    Word{"network rm", "network rm"},
    Word{"volume rm", "volume rm"},
    Word{"network prune", "network prune"},
    Word{"volume prune", "volume prune"},
    Word{"network connect", "network connect"},
    Word{"network disconnect", "network disconnect"},
};

template <typename T, std::size_t N, std::size_t M>
constexpr std::array<T, N + M> Concat(const std::array<T, N>& some, const std::array<T, M>& more) {
  std::array<T, N + M> all = {};
  std::copy(more.begin(), more.end(), std::copy(some.begin(), some.end(), all.begin()));
  return all;
}

}  // namespace ibuild::cli
