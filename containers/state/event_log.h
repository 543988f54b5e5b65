// What happened to the containers of a store, for `ibuild events`: a line for each event in a file
// that everybody appends to, and one older file. What is older is forgotten.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "support/fd.h"

namespace ibuild::containers {

struct ContainerEvent {
  std::int64_t time = 0;  // nanoseconds since 1970
  std::string action;     // "create", "start", "die", "health_status: healthy", …
  std::string id;
  std::map<std::string, std::string> attributes;  // "name", "image", "exitCode", labels
};

// Loses the event, not the operation, when it cannot be written.
void AppendEvent(const std::filesystem::path& file, const ContainerEvent& event);

class EventReader {
 public:
  explicit EventReader(std::filesystem::path file);
  // The next one; nothing: there is none yet.
  std::optional<ContainerEvent> Next();

 private:
  bool Open(const std::filesystem::path& file);

  std::filesystem::path path_;
  UniqueFd file_;
  std::string buffer_;
};

}  // namespace ibuild::containers
