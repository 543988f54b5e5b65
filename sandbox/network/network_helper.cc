#include "sandbox/network/network_helper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr const char* kTunDevice = "/dev/net/tun";

// Positions in the list of descriptors that the helper gets.
constexpr int kReadyFd = 3;
constexpr int kAliveFd = 4;
constexpr int kNamespaceFd = 5;

std::string FindProgramOfTheSystem(const std::string& name) {
  for (const char* directory : {"/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin", "/sbin"}) {
    std::string path = fmt::format("{}/{}", directory, name);
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

std::vector<std::string> Arguments(const std::string& program, const HelperPlace& place) {
  std::vector<std::string> arguments = {program,
                                        "--mtu=65520",
                                        "--cidr=" + place.subnet,
                                        "--disable-host-loopback",
                                        "--enable-sandbox",
                                        "--enable-seccomp",
                                        fmt::format("--ready-fd={}", kReadyFd),
                                        fmt::format("--exit-fd={}", kAliveFd),
                                        "--netns-type=path"};
  if (place.configure) arguments.push_back("--configure");
  arguments.push_back(fmt::format("/proc/self/fd/{}", kNamespaceFd));
  arguments.push_back(place.interface);
  return arguments;
}

// A file rather than a pipe, for what it says: it must never have to wait for us to read.
UniqueFd MakeLog() {
  UniqueFd file(memfd_create("network-helper", MFD_CLOEXEC));
  if (!file) ThrowErrno("creating a file in memory");
  return file;
}

}  // namespace

NetworkTool FindNetworkTool() {
  NetworkTool tool;
  const std::string program = FindProgramOfTheSystem("slirp4netns");
  if (program.empty()) {
    tool.obstacle = "slirp4netns is not installed";
    tool.hint = "as root: apt-get install slirp4netns";
    return tool;
  }
  const UniqueFd tun(open(kTunDevice, O_RDWR | O_CLOEXEC));
  if (!tun) {
    const int error_number = errno;
    tool.obstacle = fmt::format("{} cannot be opened: {}", kTunDevice, strerror(error_number));
    tool.hint = error_number == EACCES ? fmt::format("as root: chmod 0666 {}", kTunDevice)
                                       : "as root: modprobe tun; in a container: start it with "
                                         "--device /dev/net/tun";
    return tool;
  }
  tool.program = program;
  return tool;
}

struct NetworkHelper::Channels {
  Pipe ready = MakePipe();
  Pipe alive = MakePipe();
  UniqueFd log = MakeLog();
  UniqueFd null = OpenFile("/dev/null", O_RDWR);
};

NetworkHelper::NetworkHelper(const NetworkTool& tool, int net_namespace, const HelperPlace& place)
    : NetworkHelper(tool, net_namespace, place, Channels()) {}

NetworkHelper::NetworkHelper(const NetworkTool& tool, int net_namespace, const HelperPlace& place,
                             Channels channels)
    : program_(tool.program),
      deadline_(Clock::now() + tool.patience),
      ready_(std::move(channels.ready.read_end)),
      alive_(std::move(channels.alive.write_end)),
      log_(std::move(channels.log)),
      process_(ChildProcess::Start({.argv = Arguments(tool.program, place),
                                    .environment = {},
                                    .descriptors = {channels.null.get(), log_.get(), log_.get(),
                                                    channels.ready.write_end.get(),
                                                    channels.alive.read_end.get(), net_namespace},
                                    .directory = "/"})) {}

std::chrono::milliseconds NetworkHelper::Patience() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

bool NetworkHelper::IsReady() {
  fcntl(ready_.get(), F_SETFL, O_NONBLOCK);
  char byte = 0;
  const ssize_t size = read(ready_.get(), &byte, 1);
  if (size == 1) return true;
  if (size == 0) GiveUp("ended before it was ready");
  if (Clock::now() >= deadline_) GiveUp("was not ready in time");
  return false;
}

void NetworkHelper::GiveUp(const std::string& what) const {
  std::string said(4096, '\0');
  const ssize_t size = pread(log_.get(), said.data(), said.size(), 0);
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  std::string message = fmt::format("no network for the step: {} {}", program_, what);
  if (!Trim(said).empty()) message += ": " + PrintableText(Trim(said));
  throw Error(ErrorKind::kUnavailable, std::move(message))
      .WithHint("`--network=host` uses this machine's network, `--network=none` none at all");
}

}  // namespace ibuild::builder
