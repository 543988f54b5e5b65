// What a container is told by variables about those that it is linked with (`--link db:db`), as
// programs of the time before networks had names expect it. Pure.
#pragma once

#include <string>
#include <vector>

#include "containers/state/container_store.h"

namespace ibuild::containers {

// "DB_PORT=tcp://172.17.0.2:6379", "DB_PORT_6379_TCP_ADDR=…", "DB_NAME=/web/db", "DB_ENV_X=…", of
// a container that runs.
std::vector<std::string> LinkVariables(const std::string& self, const std::string& alias,
                                       const Container& other);

}  // namespace ibuild::containers
