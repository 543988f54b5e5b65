#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <thread>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/images/image_list.h"
#include "cli/render/output.h"
#include "cli/template/template.h"
#include "cli/wiring.h"
#include "layers/store/reclaim.h"
#include "oci/platform.h"
#include "registry/client/registry_settings.h"
#include "sandbox/host/host_facts.h"
#include "sandbox/host/user_namespace.h"
#include "sandbox/network/network.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

std::string Line(std::string_view name, const std::string& value) {
  return fmt::format("{:14}{}\n", fmt::format("{}:", name), value);
}

std::string DescribePrivilege(const builder::PrivilegeReport& report) {
  std::string text;
  switch (report.privilege) {
    case builder::Privilege::kRoot:
      text = Line("Privileges", "root");
      break;
    case builder::Privilege::kSubordinateIds:
      text = Line("Privileges", fmt::format("user namespace with {} ids", report.uids.Count()));
      break;
    case builder::Privilege::kSingleId:
      text = Line("Privileges", "user namespace with one id, owners are recorded");
      break;
    case builder::Privilege::kContainerRoot:
      text = Line("Privileges", "root of a container, without namespaces: steps run by chroot");
      break;
    case builder::Privilege::kNone:
      text = Line("Privileges", "none: COPY and ADD work, RUN does not");
      break;
  }
  if (!report.reason.empty()) text += Line("", report.reason);
  if (!report.hint.empty()) text += Line("Hint", report.hint);
  return text;
}

// Nothing for where no command runs.
std::string DescribeSteps(const builder::PrivilegeReport& report) {
  if (report.privilege == builder::Privilege::kNone) return {};
  if (report.privilege == builder::Privilege::kContainerRoot) {
    return Line("Processes", "steps see those around ibuild, and root of a step reaches them") +
           Line("Network", "the one of this machine or container");
  }
  const bool root = report.privilege == builder::Privilege::kRoot;
  std::string text = Line("Processes", builder::DescribeProc(!root));
  const builder::NetworkTool tool = builder::FindNetworkTool();
  text += Line("Network", builder::DescribeDefaultNetwork(tool));
  if (!tool.hint.empty()) text += Line("Hint", tool.hint);
  return text;
}

std::string DescribeWhere() {
  const builder::PrivilegeReport report = builder::DetectPrivilege();
  return DescribePrivilege(report) + DescribeSteps(report);
}

std::string DescribeKernel() {
  utsname name = {};
  ::uname(&name);
  return Line("Kernel", fmt::format("{} {} {}", name.sysname, name.release, name.machine));
}

std::string DescribeUsage(const layers::StoreUsage& usage) {
  return Line("Names", std::to_string(usage.names)) +
         Line("Blobs", fmt::format("{} ({})", usage.blobs, FormatByteSize(usage.blob_bytes))) +
         Line("Layers", fmt::format("{} ({})", usage.layers, FormatByteSize(usage.layer_bytes))) +
         Line("Build cache", fmt::format("{} records ({}), {} mounts ({})", usage.records,
                                         FormatByteSize(usage.record_bytes), usage.cache_mounts,
                                         FormatByteSize(usage.cache_mount_bytes)));
}

// What scripts ask `docker info` for, as far as it means something without a daemon.
OrderedJson Document(Wiring& wiring) {
  utsname name = {};
  ::uname(&name);
  const std::vector<ListedImage> images = ListImages(wiring.store());
  OrderedJson json;
  json["ID"] = "";
  json["Containers"] = 0;
  json["ContainersRunning"] = 0;
  json["ContainersPaused"] = 0;
  json["ContainersStopped"] = 0;
  json["Images"] = images.size();
  json["Driver"] = "overlayfs";
  json["DriverStatus"] = OrderedJson::array();
  json["KernelVersion"] = name.release;
  json["OperatingSystem"] = name.sysname;
  json["OSType"] = "linux";
  json["Architecture"] = name.machine;
  json["NCPU"] = std::thread::hardware_concurrency();
  json["MemTotal"] = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                     static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  json["DockerRootDir"] = wiring.settings().root.native();
  json["Name"] = name.nodename;
  json["ServerVersion"] = IBUILD_VERSION;
  json["ClientInfo"] = {{"Version", IBUILD_VERSION}, {"Context", "default"}};
  json["SecurityOptions"] = {"name=seccomp,profile=builtin"};
  json["CgroupDriver"] = "cgroupfs";
  json["CgroupVersion"] = "2";
  json["Swarm"] = {{"LocalNodeState", "inactive"}};
  json["Warnings"] = nullptr;
  return json;
}

class InfoCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-f,--format", "FORMAT", "json, or a Go template", format_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>&) override {
    if (format_ == "json") {
      WriteStandardOutput(DumpJson(Document(wiring)) + "\n");
    } else if (!format_.empty()) {
      WriteStandardOutput(Template::Parse(format_).Execute(Document(wiring)) + "\n");
    } else {
      WriteStandardOutput(Text(wiring));
    }
    return kExitOk;
  }

 private:
  static std::string Text(Wiring& wiring) {
    return Line("ibuild", IBUILD_VERSION) + Line("Platform", oci::Platform::Host().ToString()) +
           DescribeKernel() + DescribeWhere() + Line("Store", wiring.settings().root.native()) +
           DescribeUsage(layers::DiskUsage(wiring.store())) +
           Line("Credentials", wiring.registry_settings().credentials.login_file.native());
  }

  std::string format_;
};

}  // namespace

std::unique_ptr<Command> MakeInfo() { return std::make_unique<InfoCommand>(); }

}  // namespace ibuild::cli
