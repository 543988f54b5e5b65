#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/containers/commands.h"
#include "cli/containers/container_document.h"
#include "cli/containers/container_filter.h"
#include "cli/containers/format.h"
#include "cli/containers/open_engine.h"
#include "cli/containers/podman_lists.h"
#include "cli/exit_code.h"
#include "cli/render/age.h"
#include "cli/render/docker_units.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/engine/engine.h"
#include "containers/model/status_text.h"
#include "layers/store/tree_size.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using containers::Container;

constexpr std::size_t kShownCommand = 20;

std::string Shorten(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  text.resize(most - 1);
  return text + "…";
}

// As one line, in which words with blanks can still be told.
std::string CommandLineOf(const containers::ProcessConfig& process) {
  std::vector<std::string> words = process.Arguments();
  for (std::string& word : words) {
    if (word.find(' ') != std::string::npos) word = "'" + word + "'";
  }
  return Join(words, " ");
}

class PsCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all", "Also those that do not run", all_);
    options.Switch("-q,--quiet", "Only the ids", quiet_);
    options.Switch("--no-trunc", "Nothing is cut short", full_);
    options.Switch("-l,--latest", "Only the newest", latest_);
    options.Switch("-s,--size", "Show the size of its own files", size_);
    options.Custom("-n,--last", "N", "Only the N newest", [this](const std::string& text) {
      last_ = ParseUnsigned(text);
      if (!last_) throw Error(ErrorKind::kUsage, Quote(text) + " is no number");
    });
    options.Value("--format", "FORMAT", "table, json, or a Go template for each", format_);
    options.Filter("-f,--filter", "Only those with …; repeat",
                   [this](const std::string& text) { filter_.Add(text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    const containers::Engine engine = OpenEngine(wiring);
    const std::int64_t now = containers::NowNanoseconds();
    if (format_ == "json" && wiring.settings().tool == ToolKind::kPodman) {
      std::vector<OrderedJson> documents;
      for (const Container& container : Choose(engine)) {
        documents.push_back(PodmanContainer(container, now));
      }
      WriteStandardOutput(PodmanList(documents));
      return kExitOk;
    }
    std::vector<OrderedJson> rows;
    std::string ids;
    for (const Container& container : Choose(engine)) {
      const std::string id = full_ ? container.config.id : container.config.ShortId();
      ids += id + "\n";
      if (!quiet_) rows.push_back(Row(container, id, now));
    }
    WriteStandardOutput(quiet_ && format_.empty() ? ids : FormatRows(format_, Columns(), rows));
    return kExitOk;
  }

 private:
  std::vector<Container> Choose(const containers::Engine& engine) const {
    const std::vector<Container> all = engine.containers().List();
    const std::size_t most = latest_ ? 1 : last_.value_or(all.size());
    const bool resting = all_ || latest_ || last_ || filter_.NamesState();
    std::vector<Container> chosen;
    for (const Container& container : all) {
      if (chosen.size() == most) break;
      const auto status = container.state.status;
      const bool active = containers::IsAlive(status) || status == containers::Status::kRestarting;
      if ((active || resting) && filter_.Matches(container, all)) chosen.push_back(container);
    }
    return chosen;
  }

  std::vector<Column> Columns() const {
    std::vector<Column> columns = {{"ID", "CONTAINER ID"}, {"Image", "IMAGE"},
                                   {"Command", "COMMAND"}, {"RunningFor", "CREATED"},
                                   {"Status", "STATUS"},   {"Ports", "PORTS"},
                                   {"Names", "NAMES"}};
    if (size_) columns.push_back({"Size", "SIZE"});
    return columns;
  }

  OrderedJson Row(const Container& container, const std::string& id, std::int64_t now) const {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const containers::ContainerConfig& config = container.config;
    const std::string command = CommandLineOf(config.process);
    std::vector<std::string> networks;
    for (const auto& endpoint : container.state.endpoints) networks.push_back(endpoint.network);
    if (networks.empty()) networks = config.host.network.Names();
    std::vector<std::string> mounts;
    for (const auto& mount : config.mounts) {
      mounts.push_back(mount.name.empty() ? mount.source : mount.name);
    }
    OrderedJson row;
    row["ID"] = id;
    row["Image"] = config.process.image;
    row["Command"] = Quote(full_ ? command : Shorten(command, kShownCommand));
    row["RunningFor"] = containers::HumanDuration(now - config.created) + " ago";
    row["CreatedAt"] = FormatTime(config.created / kSecond * kSecond);
    row["Status"] = containers::DescribeState(container.state, now);
    row["State"] = std::string(containers::ToString(container.state.status));
    row["Ports"] = Ports(container);
    row["Names"] = config.name;
    row["Labels"] = JoinLabels(config.process.labels);
    row["Label"] = OrderedJson::object();
    for (const auto& [name, value] : config.process.labels) row["Label"][name] = value;
    row["Networks"] = Join(networks, ",");
    row["Mounts"] = Join(mounts, ",");
    row["LocalVolumes"] =
        std::to_string(std::count_if(config.mounts.begin(), config.mounts.end(),
                                     [](const auto& mount) { return mount.type == "volume"; }));
    row["Size"] = "0B";
    if (size_) row["Size"] = DockerSize(layers::SizeOnDisk(container.files.upper()));
    return row;
  }

  static std::string Ports(const Container& container) {
    if (!containers::IsAlive(container.state.status)) return {};
    const auto& exposed = container.config.process.exposed_ports;
    return containers::DescribePorts(container.state.ports, {exposed.begin(), exposed.end()});
  }

  bool all_ = false;
  bool quiet_ = false;
  bool full_ = false;
  bool latest_ = false;
  bool size_ = false;
  std::optional<std::uint64_t> last_;
  std::string format_;
  ContainerFilter filter_;
};

}  // namespace

std::unique_ptr<Command> MakePs() { return std::make_unique<PsCommand>(); }

}  // namespace ibuild::cli
