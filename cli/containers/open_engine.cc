#include "cli/containers/open_engine.h"

#include "cli/wiring.h"

namespace ibuild::cli {

containers::Engine OpenEngine(Wiring& wiring) {
  return containers::Engine(wiring.store(), [&wiring](const std::function<void()>& work) {
    wiring.WithoutThreads(work);
  });
}

}  // namespace ibuild::cli
