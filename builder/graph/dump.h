// A build graph as text, for `ibuild debug graph` and golden files.
#pragma once

#include <string>

#include "builder/graph/build_graph.h"

namespace ibuild::builder {

// One block a vertex (id, title, inputs, the parts of its op; "~" marks wiring, "-" what is
// incidental), then one an image (config and history). Ends in a line feed.
std::string Dump(const BuildGraph& graph);

}  // namespace ibuild::builder
