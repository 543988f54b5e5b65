#include <fmt/format.h>
#include <sys/utsname.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/render/output.h"
#include "cli/template/template.h"
#include "cli/wiring.h"
#include "oci/platform.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

// The API that scripts ask for is the one of the Docker whose command line this is.
constexpr const char* kApiVersion = "1.48";

OrderedJson DescribeSide() {
  utsname name = {};
  ::uname(&name);
  const oci::Platform host = oci::Platform::Host();
  OrderedJson side;
  side["Version"] = IBUILD_VERSION;
  side["ApiVersion"] = kApiVersion;
  side["APIVersion"] = kApiVersion;
  side["Os"] = host.os;
  side["Arch"] = host.architecture;
  side["OsArch"] = host.os + "/" + host.architecture;
  side["KernelVersion"] = name.release;
  return side;
}

// There is no server: both sides are this program.
OrderedJson Describe() {
  OrderedJson json;
  json["Client"] = DescribeSide();
  json["Server"] = DescribeSide();
  json["Version"] = IBUILD_VERSION;
  return json;
}

class VersionCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-f,--format", "FORMAT", "json, or a Go template", format_);
  }
  int Run(Wiring&, const std::vector<std::string>&) override {
    if (format_ == "json") {
      WriteStandardOutput(DumpJson(Describe()) + "\n");
    } else if (!format_.empty()) {
      WriteStandardOutput(Template::Parse(format_).Execute(Describe()) + "\n");
    } else {
      WriteStandardOutput("ibuild " IBUILD_VERSION
                          " (Dockerfile language: docker/dockerfile:1, stable)\n");
    }
    return kExitOk;
  }

 private:
  std::string format_;
};

}  // namespace

std::unique_ptr<Command> MakeVersion() { return std::make_unique<VersionCommand>(); }

}  // namespace ibuild::cli
