#include "support/cleanup.h"

#include <mutex>
#include <utility>

namespace ibuild {
namespace {

struct Registry {
  std::mutex mutex;
  std::list<std::function<void()>> acts;
};

// Never destroyed: a thread may still ask for it when the process ends.
Registry& TheRegistry() {
  static auto* const registry = new Registry;
  return *registry;
}

}  // namespace

Cleanup::Cleanup(std::function<void()> act) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  place_ = registry.acts.insert(registry.acts.end(), std::move(act));
}

Cleanup::~Cleanup() {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  registry.acts.erase(place_);
}

// Holds the lock to the end: an owner who comes now waits for what is done for it.
void RunCleanups() noexcept {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  for (auto act = registry.acts.rbegin(); act != registry.acts.rend(); ++act) {
    if (*act) std::exchange(*act, nullptr)();
  }
}

}  // namespace ibuild
