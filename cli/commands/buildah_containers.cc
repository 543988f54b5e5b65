#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/list_format.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "cli/working/working_container.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

constexpr std::size_t kShortId = 12;

class ContainersCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-q,--quiet", "Only ids", quiet_);
    options.Switch("-a,--all", "All; always so", all_);
    options.Switch("--notruncate", "Ids in full", full_);
    options.Switch("--json", "As JSON", json_);
    options.Value("--format", "FORMAT", "A Go template for each", format_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    std::vector<OrderedJson> rows;
    for (const WorkingContainer& container : WorkingContainers(wiring.store()).List()) {
      OrderedJson row;
      row["ContainerID"] = full_ ? container.Id() : container.Id().substr(0, kShortId);
      row["Builder"] = "*";
      row["ImageID"] = full_ ? container.base.id : container.base.id.substr(0, kShortId);
      row["ImageName"] = container.base.name.empty() ? "scratch" : container.base.name;
      row["ContainerName"] = container.name;
      rows.push_back(std::move(row));
    }
    if (json_) {
      WriteStandardOutput(DumpJson(OrderedJson(rows), JsonStyle::kIndented) + "\n");
      return kExitOk;
    }
    if (quiet_ && format_.empty()) format_ = "{{.ContainerID}}";
    static const std::vector<ListColumn> kColumns = {{"ContainerID", "CONTAINER ID"},
                                                     {"Builder", "BUILDER"},
                                                     {"ImageID", "IMAGE ID"},
                                                     {"ImageName", "IMAGE NAME"},
                                                     {"ContainerName", "CONTAINER NAME"}};
    WriteStandardOutput(
        RenderList(format_, rows, kColumns,
                   {"ContainerID", "Builder", "ImageID", "ImageName", "ContainerName"}));
    return kExitOk;
  }

 private:
  std::string format_;
  bool quiet_ = false;
  bool all_ = false;
  bool full_ = false;
  bool json_ = false;
};

class RemoveCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--all", "All working containers", all_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    WorkingContainers containers(wiring.store());
    std::vector<WorkingContainer> doomed;
    if (all_) doomed = containers.List();
    for (const std::string& operand : operands) doomed.push_back(containers.Find(operand));
    std::string lines;
    for (const WorkingContainer& container : doomed) {
      containers.Remove(container);
      lines += container.Id() + "\n";
    }
    WriteStandardOutput(lines);
    return kExitOk;
  }

 private:
  bool all_ = false;
};

class RenameCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    WorkingContainers containers(wiring.store());
    const WorkingContainer container = containers.Find(operands[0]);
    containers.Set({operands[1], container.image, container.base});
    containers.Remove(container);
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeBuildahContainers() { return std::make_unique<ContainersCommand>(); }
std::unique_ptr<Command> MakeBuildahRemove() { return std::make_unique<RemoveCommand>(); }
std::unique_ptr<Command> MakeBuildahRename() { return std::make_unique<RenameCommand>(); }

}  // namespace ibuild::cli
