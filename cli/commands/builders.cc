#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/list_format.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "oci/platform.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

// buildx's builders: there is one, which is this program, whatever it is called.
constexpr const char* kBuilder = "default";

class BuilderCreateCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("--name", "NAME", "What to call it", name_);
    options.Switch("--use", "Use it; always so", accepted_);
    options.Switch("--bootstrap", "Start it; always so", accepted_);
  }

  int Run(Wiring&, const std::vector<std::string>&) override {
    WriteStandardOutput(name_ + "\n");
    return kExitOk;
  }

 private:
  std::string name_ = kBuilder;
  bool accepted_ = false;
};

class BuilderInspectCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--bootstrap", "Start it; always so", accepted_);
  }

  int Run(Wiring&, const std::vector<std::string>& operands) override {
    const std::string name = operands.empty() ? kBuilder : operands[0];
    WriteStandardOutput(
        fmt::format("Name:          {}\nDriver:        ibuild\n\nNodes:\nName:      {}\n"
                    "Endpoint:  default\nStatus:    running\nVersion:   {}\nPlatforms: {}\n",
                    name, name, IBUILD_VERSION, oci::Platform::Host().ToString()));
    return kExitOk;
  }

 private:
  bool accepted_ = false;
};

class BuilderListCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("--format", "FORMAT", "json, table, or a Go template", format_);
    options.Switch("--no-trunc", "In full; always so", accepted_);
  }

  int Run(Wiring&, const std::vector<std::string>&) override {
    OrderedJson row;
    row["Name"] = kBuilder;
    row["DriverEndpoint"] = "ibuild";
    row["Status"] = "running";
    row["Buildkit"] = IBUILD_VERSION;
    row["Platforms"] = oci::Platform::Host().ToString();
    static const std::vector<ListColumn> kColumns = {{"Name", "NAME/NODE"},
                                                     {"DriverEndpoint", "DRIVER/ENDPOINT"},
                                                     {"Status", "STATUS"},
                                                     {"Buildkit", "BUILDKIT"},
                                                     {"Platforms", "PLATFORMS"}};
    WriteStandardOutput(RenderList(format_, {row}, kColumns,
                                   {"Name", "DriverEndpoint", "Status", "Buildkit", "Platforms"}));
    return kExitOk;
  }

 private:
  std::string format_;
  bool accepted_ = false;
};

// Docker's contexts: there is one, and no daemon at the end of it.
class ContextListCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("--format", "FORMAT", "json, table, or a Go template", format_);
    options.Switch("-q,--quiet", "Only the names", quiet_);
  }

  int Run(Wiring&, const std::vector<std::string>&) override {
    OrderedJson row;
    row["Name"] = kBuilder;
    row["Current"] = true;
    row["Description"] = "this program, without a daemon";
    row["DockerEndpoint"] = "";
    row["Error"] = "";
    static const std::vector<ListColumn> kColumns = {{"Name", "NAME"},
                                                     {"Description", "DESCRIPTION"},
                                                     {"DockerEndpoint", "DOCKER ENDPOINT"},
                                                     {"Error", "ERROR"}};
    WriteStandardOutput(quiet_ ? std::string(kBuilder) + "\n"
                               : RenderList(format_, {row}, kColumns,
                                            {"Name", "Description", "DockerEndpoint", "Error"}));
    return kExitOk;
  }

 private:
  std::string format_;
  bool quiet_ = false;
};

// use, rm, stop, install, uninstall: nothing is to be done, and it is done.
class BuilderNothingCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}
  int Run(Wiring&, const std::vector<std::string>&) override { return kExitOk; }
};

class BuilderVersionCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}
  int Run(Wiring&, const std::vector<std::string>&) override {
    WriteStandardOutput("ibuild " IBUILD_VERSION " (the words of buildx v0.30)\n");
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeBuilderContexts() { return std::make_unique<ContextListCommand>(); }
std::unique_ptr<Command> MakeBuilderCreate() { return std::make_unique<BuilderCreateCommand>(); }
std::unique_ptr<Command> MakeBuilderInspect() { return std::make_unique<BuilderInspectCommand>(); }
std::unique_ptr<Command> MakeBuilderList() { return std::make_unique<BuilderListCommand>(); }
std::unique_ptr<Command> MakeBuilderNothing() { return std::make_unique<BuilderNothingCommand>(); }
std::unique_ptr<Command> MakeBuilderVersion() { return std::make_unique<BuilderVersionCommand>(); }

}  // namespace ibuild::cli
