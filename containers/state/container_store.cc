#include "containers/state/container_store.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "containers/model/names.h"
#include "containers/state/event_log.h"
#include "containers/state/process_id.h"
#include "containers/state/spare_file.h"
#include "sandbox/host/cgroup.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIdSize = 64;

std::optional<std::string> ReadLink(const fs::path& path) {
  std::string target(kIdSize + 1, '\0');
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  if (size < 0) return std::nullopt;
  target.resize(static_cast<std::size_t>(size));
  return target;
}

bool IsId(std::string_view name) { return name.size() == kIdSize && MayBeId(name); }

std::uint64_t Chance() { return std::stoull(RandomHex(8), nullptr, 16); }

}  // namespace

std::int64_t NowNanoseconds() {
  const UnixTime now = Now();
  return now.seconds * 1'000'000'000 + now.nanoseconds;
}

std::string BootId() {
  const std::string text = ReadFileIfExists("/proc/sys/kernel/random/boot_id").value_or("");
  return std::string(Trim(text));
}

std::string NewContainerId() { return RandomHex(kIdSize / 2); }

ContainerStore::ContainerStore(layers::Store& store) : store_(store) {}

fs::path ContainerStore::NameFile(const std::string& name) const {
  return layout().container_names() / name;
}

bool ContainerStore::IsMonitored(const ContainerFiles& files) const {
  return access(files.alive_lock().c_str(), F_OK) == 0 &&
         !FileLock::TryAcquire(files.alive_lock(), FileLock::Mode::kShared);
}

std::optional<Container> ContainerStore::Read(const std::string& id) const {
  Container container;
  container.files = ContainerFiles(layout().containers() / id);
  const auto config = ReadFileIfExists(container.files.config());
  if (!config) return std::nullopt;
  container.config = ParseConfig(*config, container.files.config().native());
  if (const auto state = ReadFileIfExists(container.files.state())) {
    container.state = ParseState(*state, container.files.state().native());
  }
  Settle(&container);
  return container;
}

// What is written says that it runs; whether that is still so, only the kernel knows.
void ContainerStore::Settle(Container* container) const {
  const auto claims_life = [](const ContainerState& state) {
    return IsAlive(state.status) || state.status == Status::kRestarting;
  };
  if (!claims_life(container->state) || IsMonitored(container->files)) return;
  // The monitor may have written its last word just before it went.
  if (const auto text = ReadFileIfExists(container->files.state())) {
    container->state = ParseState(*text, container->files.state().native());
  }
  ContainerState& state = container->state;
  if (!claims_life(state)) return;
  if (state.boot == BootId() && IsSameProcess(state.pid, state.pid_start)) {
    SendSignal(state.pid, state.pid_start, 9);
  }
  // The monitor would have removed them.
  for (const std::string& group : state.control_groups) builder::RemoveGroup(group);
  state.control_groups.clear();
  state.status = Status::kExited;
  state.exit_code = 137;
  state.pid = 0;
  state.finished = NowNanoseconds();
  state.endpoints.clear();
  state.ports.clear();
  state.health = {};
  try {
    WriteState(*container);
    Note(*container, "die", {{"exitCode", "137"}});
  } catch (const Error&) {
    // A store that can only be read: whoever looks next finds out again.
  }
}

std::vector<Container> ContainerStore::List() const {
  std::vector<Container> containers;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(layout().containers(), absent)) {
    const std::string id = entry.path().filename().native();
    if (!IsId(id)) continue;
    if (auto container = Read(id)) containers.push_back(std::move(*container));
  }
  std::sort(containers.begin(), containers.end(), [](const Container& a, const Container& b) {
    return std::pair(b.config.created, b.config.id) < std::pair(a.config.created, a.config.id);
  });
  return containers;
}

std::optional<Container> ContainerStore::LookUpName(const std::string& name) const {
  const auto id = ReadLink(NameFile(name));
  return id && IsId(*id) ? Read(*id) : std::nullopt;
}

std::optional<Container> ContainerStore::LookUp(std::string_view text) const {
  if (text.starts_with('/')) text.remove_prefix(1);
  if (text.empty() || text.find('/') != std::string_view::npos) return std::nullopt;
  const std::string name(text);
  if (auto container = LookUpName(name)) return container;
  if (!MayBeId(text)) return std::nullopt;
  if (IsId(text)) return Read(name);
  std::optional<std::string> found;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(layout().containers(), absent)) {
    const std::string id = entry.path().filename().native();
    if (!IsId(id) || !id.starts_with(text)) continue;
    if (found) {
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("multiple containers found with id prefix {}", text))
          .WithHint("give more of the id; `ibuild ps -a` lists them");
    }
    found = id;
  }
  return found ? Read(*found) : std::nullopt;
}

Container ContainerStore::Find(std::string_view text) const {
  if (auto container = LookUp(text)) return std::move(*container);
  Error error(ErrorKind::kNotFound, fmt::format("No such container: {}", PrintableText(text)));
  std::vector<std::string> names;
  for (const Container& other : List()) names.push_back(other.config.name);
  if (const auto nearest = ClosestMatch(std::string(text), names)) {
    error.AddHint(fmt::format("did you mean {}?", *nearest));
  } else {
    error.AddHint("`ibuild ps -a` lists the containers");
  }
  throw error;
}

Container ContainerStore::Reload(const std::string& id) const {
  if (auto container = Read(id)) return std::move(*container);
  throw Error(ErrorKind::kNotFound, fmt::format("No such container: {}", id))
      .WithHint("it was removed meanwhile");
}

std::string ContainerStore::TakeName(const std::string& wanted, const std::string& id) const {
  MakeDirectories(layout().container_names(), 0700);
  for (int attempt = 0;; ++attempt) {
    const std::string name = wanted.empty() ? MakeName(Chance(), attempt) : wanted;
    if (symlink(id.c_str(), NameFile(name).c_str()) == 0) return name;
    if (errno != EEXIST) ThrowErrno("taking the name " + name);
    const std::string owner = ReadLink(NameFile(name)).value_or("");
    const bool taken = IsId(owner) && access((layout().containers() / owner).c_str(), F_OK) == 0;
    if (!taken) {  // left by a removal that was cut short
      unlink(NameFile(name).c_str());
    } else if (!wanted.empty()) {
      throw Error(ErrorKind::kAlreadyExists,
                  fmt::format("Conflict. The container name \"/{}\" is already in use by container "
                              "\"{}\"",
                              name, owner))
          .WithHint(fmt::format("`ibuild rm {0}` removes that one, `ibuild rename {0} NEW` gives "
                                "it another name",
                                name));
    }
  }
}

Container ContainerStore::Create(ContainerConfig config,
                                 const std::vector<std::string>& pins) const {
  Container container;
  if (config.id.empty()) config.id = NewContainerId();
  container.files = ContainerFiles(layout().containers() / config.id);
  // The directory is first: a name whose container has none is free.
  MakeDirectories(container.files.directory(), 0700);
  MakeDirectories(events().parent_path(), 0700);
  try {
    config.name = TakeName(config.name, config.id);
    container.config = std::move(config);
    WriteFileAtomically(container.files.pins(), Join(pins, "\n") + "\n", 0600);
    for (const fs::path& directory : {container.files.upper(), container.files.work()}) {
      MakeDirectories(directory, 0755);
    }
    WriteState(container);
    WriteConfig(container);
    KeepSpare(container.files.spare_state());
  } catch (...) {
    TryRemoveTree(container.files.directory());
    throw;
  }
  Note(container, "create");
  return container;
}

void ContainerStore::Note(const Container& container, std::string action,
                          std::map<std::string, std::string> attributes) const {
  attributes["name"] = container.config.name;
  attributes["image"] = container.config.process.image;
  for (const auto& [name, value] : container.config.process.labels) attributes[name] = value;
  AppendEvent(events(), {.time = NowNanoseconds(),
                         .action = std::move(action),
                         .id = container.config.id,
                         .attributes = std::move(attributes)});
}

void ContainerStore::WriteState(const Container& container) const {
  const ContainerFiles& files = container.files;
  const std::string text = Serialize(container.state);
  try {
    WriteFileAtomically(files.state(), text, 0600);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kResourceExhausted) throw;
    if (!WriteIntoSpare(files.spare_state(), files.state(), text)) throw;
  }
}

void ContainerStore::WriteConfig(const Container& container) const {
  WriteFileAtomically(container.files.config(), Serialize(container.config), 0600);
}

void ContainerStore::Change(Container* container,
                            const std::function<void(ContainerState&)>& change) const {
  const FileLock lock =
      FileLock::Acquire(container->files.change_lock(), FileLock::Mode::kExclusive);
  if (const auto text = ReadFileIfExists(container->files.state())) {
    container->state = ParseState(*text, container->files.state().native());
  }
  change(container->state);
  WriteState(*container);
}

void ContainerStore::Rename(Container* container, const std::string& name) const {
  const std::string before = container->config.name;
  if (name == before) {
    throw Error(ErrorKind::kInvalidInput,
                "Renaming a container with the same name as its current "
                "name");
  }
  container->config.name = TakeName(name, container->config.id);
  WriteConfig(*container);
  unlink(NameFile(before).c_str());
  Note(*container, "rename", {{"oldName", "/" + before}});
}

void ContainerStore::Remove(const Container& container) const {
  const fs::path grave = layout().trash() / RandomHex();
  if (rename(container.files.directory().c_str(), grave.c_str()) != 0) {
    if (errno != ENOENT) ThrowErrno("removing " + container.config.name);
  }
  if (ReadLink(NameFile(container.config.name)) == container.config.id) {
    unlink(NameFile(container.config.name).c_str());
  }
  TryRemoveTree(grave);
  Note(container, "destroy");
}

}  // namespace ibuild::containers
