// events: what happens to containers, as it happens.
#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "cli/containers/commands.h"
#include "cli/containers/container_document.h"
#include "cli/containers/moment.h"
#include "cli/containers/open_engine.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/template/template.h"
#include "cli/wiring.h"
#include "containers/engine/engine.h"
#include "containers/state/event_log.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using containers::ContainerEvent;
using containers::EventReader;

constexpr std::int64_t kSecond = 1'000'000'000;

OrderedJson Describe(const ContainerEvent& event) {
  OrderedJson attributes = OrderedJson::object();
  for (const auto& [name, value] : event.attributes) attributes[name] = value;
  OrderedJson json;
  json["status"] = event.action;
  json["id"] = event.id;
  json["from"] = attributes.value("image", "");
  json["Type"] = "container";
  json["Action"] = event.action;
  json["Actor"] = {{"ID", event.id}, {"Attributes", std::move(attributes)}};
  json["scope"] = "local";
  json["time"] = event.time / kSecond;
  json["timeNano"] = event.time;
  return json;
}

std::string LineOf(const ContainerEvent& event) {
  std::vector<std::string> attributes;
  for (const auto& [name, value] : event.attributes) attributes.push_back(name + "=" + value);
  return fmt::format("{} container {} {} ({})", FormatTime(event.time), event.action, event.id,
                     Join(attributes, ", "));
}

bool Fits(const ContainerEvent& event, const std::string& filter, const std::string& value) {
  const auto attribute = [&](const std::string& name) {
    const auto found = event.attributes.find(name);
    return found == event.attributes.end() ? std::optional<std::string>() : found->second;
  };
  if (filter == "container") return attribute("name") == value || event.id.starts_with(value);
  if (filter == "event") return event.action == value || event.action.starts_with(value + ":");
  if (filter == "type") return value == "container";
  if (filter == "image") return attribute("image") == value;
  const std::size_t equals = value.find('=');
  const auto label = attribute(value.substr(0, equals));
  return label && (equals == std::string::npos || *label == value.substr(equals + 1));
}

class EventsCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("--since", "TIME", "Also those since then",
                   [this](const std::string& text) { since_ = ParseMoment(text); });
    options.Custom("--until", "TIME", "Only those until then",
                   [this](const std::string& text) { until_ = ParseMoment(text); });
    options.Filter("-f,--filter", "container, event, image, label, type; repeat",
                   [this](const std::string& text) { AddFilter(text); });
    options.Value("--format", "FORMAT", "json, or a Go template for each event", format_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const containers::Engine engine = OpenEngine(wiring);
    const std::int64_t start = containers::NowNanoseconds();
    if (since_ == 0) since_ = start;
    MakeDirectories(engine.containers().events().parent_path(), 0700);  // to watch it
    EventReader reader(engine.containers().events());
    const UniqueFd watch(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    inotify_add_watch(watch.get(), engine.containers().events().parent_path().c_str(),
                      IN_MODIFY | IN_CREATE);
    for (;;) {
      // In this order: what was written before the end is there when the end has come.
      const bool over = until_ && containers::NowNanoseconds() >= *until_;
      while (auto event = reader.Next()) {
        if (IsWanted(*event)) Show(*event);
      }
      if (over) return kExitOk;
      Await(watch);
    }
  }

 private:
  void AddFilter(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const bool known = name == "container" || name == "event" || name == "type" ||
                       name == "image" || name == "label";
    if (!known || equals == std::string::npos) {
      throw Error(ErrorKind::kUsage, fmt::format("invalid filter {}", Quote(text)))
          .WithHint("write it like `container=web`, `event=die` or `label=a=b`");
    }
    filters_[name].push_back(text.substr(equals + 1));
  }

  bool IsWanted(const ContainerEvent& event) const {
    if (event.time < since_ || (until_ && event.time > *until_)) return false;
    for (const auto& [name, values] : filters_) {
      bool fits = false;
      for (const std::string& value : values) fits = fits || Fits(event, name, value);
      if (!fits) return false;
    }
    return true;
  }

  void Show(const ContainerEvent& event) const {
    std::string text = LineOf(event);
    if (format_ == "json") {
      text = DumpJson(Describe(event), JsonStyle::kGo);
    } else if (!format_.empty()) {
      text = Template::Parse(format_).Execute(Describe(event));
    }
    WriteStandardOutput(text + "\n");
  }

  static void Await(const UniqueFd& watch) {
    constexpr int kLook = 200;  // ms, for the end
    pollfd wait{watch.get(), POLLIN, 0};
    poll(&wait, 1, kLook);
    std::array<char, 4096> drained;
    while (read(watch.get(), drained.data(), drained.size()) > 0) {
    }
  }

  std::int64_t since_ = 0;
  std::optional<std::int64_t> until_;
  std::map<std::string, std::vector<std::string>> filters_;
  std::string format_;
};

}  // namespace

std::unique_ptr<Command> MakeEvents() { return std::make_unique<EventsCommand>(); }

}  // namespace ibuild::cli
