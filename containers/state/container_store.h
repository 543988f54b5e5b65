// ContainerStore: the containers of a store (containers/ID, container-names/NAME).
//
// There is no daemon whose word would count: a container runs when its monitor holds its lock,
// which the kernel lets go of when the monitor dies. Reading a container whose monitor was killed,
// or that ran before a reboot, tells so and writes it down. Any number of processes at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "containers/model/container.h"
#include "containers/state/container_files.h"
#include "layers/store/store.h"
#include "support/files.h"

namespace ibuild::containers {

struct Container {
  ContainerConfig config;
  ContainerState state;
  ContainerFiles files;
};

class ContainerStore {
 public:
  explicit ContainerStore(layers::Store& store);

  // Newest first. Directories of containers that are being made or removed are passed over.
  std::vector<Container> List() const;

  // `text`: a name, an id or the unique beginning of one. Throws kNotFound ("No such container: x")
  // and kInvalidInput when several ids begin so.
  Container Find(std::string_view text) const;
  std::optional<Container> LookUp(std::string_view text) const;
  std::optional<Container> LookUpName(const std::string& name) const;  // by its whole name alone
  Container Reload(const std::string& id) const;

  // Makes the directory and takes the name; without an id or a name, one is made. The layers
  // (hexadecimal digests) stay in the store from now on. Throws kAlreadyExists for a name that is
  // taken.
  Container Create(ContainerConfig config, const std::vector<std::string>& pins) const;

  void WriteState(const Container& container) const;
  void WriteConfig(const Container& container) const;
  // Under the container's lock: reads it anew, lets `change` work on it, writes what it left.
  void Change(Container* container, const std::function<void(ContainerState&)>& change) const;
  void Rename(Container* container, const std::string& name) const;

  // Out of sight at once; what cannot be deleted stays in the trash for the next prune.
  void Remove(const Container& container) const;

  // Remembers that something happened to it (containers/state/event_log.h).
  void Note(const Container& container, std::string action,
            std::map<std::string, std::string> attributes = {}) const;
  std::filesystem::path events() const { return layout().containers() / "events/log"; }

  bool IsMonitored(const ContainerFiles& files) const;
  const layers::StoreLayout& layout() const { return store_.layout(); }

 private:
  std::optional<Container> Read(const std::string& id) const;
  void Settle(Container* container) const;
  std::string TakeName(const std::string& wanted, const std::string& id) const;
  std::filesystem::path NameFile(const std::string& name) const;

  layers::Store& store_;
};

std::int64_t NowNanoseconds();
std::string NewContainerId();
std::string BootId();

}  // namespace ibuild::containers
