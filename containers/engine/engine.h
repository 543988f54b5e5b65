// What is done with containers: start, stop, signal, wait, remove. The commands of the command line
// and nothing else stand above this.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "containers/network/network_store.h"
#include "containers/state/container_store.h"
#include "containers/volumes/volume_store.h"
#include "layers/store/store.h"
#include "support/fd.h"

namespace ibuild::containers {

class Engine {
 public:
  // Runs work while the process has no other thread; the engine makes copies of the process.
  using SingleThreaded = std::function<void(const std::function<void()>&)>;

  Engine(layers::Store& store, SingleThreaded single_threaded)
      : store_(store),
        single_threaded_(std::move(single_threaded)),
        containers_(store),
        networks_(store.layout()),
        volumes_(store.layout()) {}

  const ContainerStore& containers() const { return containers_; }
  const NetworkStore& networks() const { return networks_; }
  const VolumeStore& volumes() const { return volumes_; }
  layers::Store& store() const { return store_; }

  // As an ordinary user: moves this process into the user namespace in which his running containers
  // live, or a new one. To be held until what is started there runs, so that there is one only.
  FileLock EnterUserNamespace() const;

  // Starts it, with its monitor; `client` (may be empty) is attached from the first byte on.
  // Returns when its program runs. Throws kInvalidInput when it runs already.
  void Start(Container* container, UniqueFd client) const;

  // Sends a signal to its first process. Throws kInvalidInput when it does not run.
  void Kill(const Container& container, int signal) const;
  // The stop signal, and after `patience` (nothing: the container's own) SIGKILL. Waits for its
  // end.
  void Stop(Container* container, std::optional<std::chrono::seconds> patience) const;
  void Pause(Container* container) const;
  void Unpause(Container* container) const;

  // Waits until its monitor has gone; the exit code.
  int Wait(const std::string& id) const;

  // Throws kInvalidInput for a container that runs, unless `force`.
  void Remove(Container container, bool force, bool volumes) const;

  // A connection to the monitor. Throws kInvalidInput when the container does not run.
  UniqueFd Connect(const Container& container) const;

 private:
  layers::Store& store_;
  SingleThreaded single_threaded_;
  ContainerStore containers_;
  NetworkStore networks_;
  VolumeStore volumes_;
};

// "SIGTERM", "term", "15". Throws kUsage.
int ParseSignal(const std::string& text);

}  // namespace ibuild::containers
