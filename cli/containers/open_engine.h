// The engine of a run: the containers of its store, and the process that the wiring knows.
#pragma once

#include "containers/engine/engine.h"

namespace ibuild::cli {

class Wiring;

containers::Engine OpenEngine(Wiring& wiring);

}  // namespace ibuild::cli
