// The ports of EXPOSE (Dockerfile reference, "EXPOSE"; the forms are those of `docker run -p`).
//
//   spec ::= [[ip ":"] [ports] ":"] ports ["/" protocol]     ports ::= number ["-" number]
//
// Only the container's side counts: an address and a port of the host are checked and dropped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ibuild::builder {

// "80/tcp", …: one text a port, ranges spelled out. Throws kInvalidInput in Docker's words
// (`invalid containerPort: x`, `invalid proto: x`).
std::vector<std::string> ParseExposedPorts(std::string_view spec);

}  // namespace ibuild::builder
