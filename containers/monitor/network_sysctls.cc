#include "containers/monitor/network_sysctls.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "containers/monitor/helper_process.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::containers {
namespace {

void Write(const std::string& setting) {
  const std::size_t equals = setting.find('=');
  std::string path = setting.substr(0, equals);
  std::replace(path.begin(), path.end(), '.', '/');
  const UniqueFd fd = OpenFile("/proc/sys/" + path, O_WRONLY);
  WriteAll(fd.get(), setting.substr(equals + 1));
}

}  // namespace

// What is below /proc/sys/net is that of whoever opens it.
void SetNetworkSysctls(const std::vector<std::string>& settings, int net_namespace) {
  Pipe report = MakePipe();
  const int out = report.write_end.get();
  const HelperProcess helper = HelperProcess::Start(
      {.name = "ibuild-sysctl", .net_namespace = net_namespace, .keep = {out}}, [&](int) {
        std::string failure;
        try {
          for (const std::string& setting : settings) Write(setting);
        } catch (const Error& error) {
          failure = error.message();
        }
        WriteAll(out, failure.empty() ? "+" : failure);
      });
  report.write_end.Reset();
  std::array<std::byte, 512> buffer{};
  const std::size_t size = ReadUpTo(report.read_end.get(), buffer);
  const std::string text(reinterpret_cast<const char*>(buffer.data()), size);
  if (text == "+") return;
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("--sysctl: {}", text.empty() ? "no answer" : text))
      .WithHint(
          "sysctl(8) on this machine shows what there is; of a network the machine lets a "
          "container set less than root");
}

}  // namespace ibuild::containers
