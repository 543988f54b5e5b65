#include "containers/state/event_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "support/error.h"
#include "support/files.h"
#include "support/json.h"

namespace ibuild::containers {
namespace {

constexpr off_t kMostBytes = 1 << 20;

std::filesystem::path Older(const std::filesystem::path& file) { return file.native() + ".1"; }

std::string Line(const ContainerEvent& event) {
  Json attributes = Json::object();
  for (const auto& [name, value] : event.attributes) attributes[name] = value;
  return DumpJson(Json{{"time", event.time},
                       {"action", event.action},
                       {"id", event.id},
                       {"attributes", attributes}}) +
         "\n";
}

ContainerEvent ParseLine(std::string_view line) {
  const Json document = ParseJson(line, "event");
  const JsonReader json(document, "event");
  ContainerEvent event;
  event.time = json.At("time").AsInt();
  event.action = json.String("action");
  event.id = json.String("id");
  json.At("attributes").ForEachMember([&](const std::string& name, const JsonReader& value) {
    event.attributes[name] = value.AsString();
  });
  return event;
}

}  // namespace

void AppendEvent(const std::filesystem::path& file, const ContainerEvent& event) {
  const UniqueFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd) return;
  struct stat state {};
  if (fstat(fd.get(), &state) == 0 && state.st_size > kMostBytes) {
    rename(file.c_str(), Older(file).c_str());
    return AppendEvent(file, event);
  }
  const std::string line = Line(event);
  [[maybe_unused]] const ssize_t done = write(fd.get(), line.data(), line.size());
}

EventReader::EventReader(std::filesystem::path file) : path_(std::move(file)) {
  if (!Open(Older(path_))) Open(path_);
}

bool EventReader::Open(const std::filesystem::path& file) {
  auto fd = OpenFileIfExists(file, O_RDONLY);
  if (!fd) return false;
  struct stat ours {};
  struct stat theirs {};
  const bool same = file_ && fstat(file_.get(), &ours) == 0 && fstat(fd->get(), &theirs) == 0 &&
                    ours.st_ino == theirs.st_ino;
  if (same) return false;
  file_ = std::move(*fd);
  buffer_.clear();
  return true;
}

std::optional<ContainerEvent> EventReader::Next() {
  for (;;) {
    const std::size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      const std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      try {
        return ParseLine(line);
      } catch (const Error&) {  // cut short by a full disk
        continue;
      }
    }
    std::array<char, 64 * 1024> chunk;
    const ssize_t size = file_ ? read(file_.get(), chunk.data(), chunk.size()) : 0;
    if (size > 0) {
      buffer_.append(chunk.data(), static_cast<std::size_t>(size));
    } else if (!Open(path_)) {
      return std::nullopt;
    }
  }
}

}  // namespace ibuild::containers
