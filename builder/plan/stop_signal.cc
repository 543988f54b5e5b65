#include "builder/plan/stop_signal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

// signal(7), with the two names that Linux has besides (IOT, CLD). Real-time signals count from
// both ends: RTMIN+0 … RTMIN+15 and RTMAX-14 … RTMAX.
constexpr std::array<std::string_view, 33> kNames = {
    "ABRT", "ALRM", "BUS",  "CHLD", "CLD",  "CONT", "FPE",  "HUP",  "ILL",    "INT",   "IO",
    "IOT",  "KILL", "PIPE", "POLL", "PROF", "PWR",  "QUIT", "SEGV", "STKFLT", "STOP",  "SYS",
    "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG",  "USR1", "USR2", "VTALRM", "WINCH", "XCPU"};

bool IsRealTime(std::string_view name) {
  if (name == "RTMIN" || name == "RTMAX") return true;
  const bool from_low = name.starts_with("RTMIN+");
  if (!from_low && !name.starts_with("RTMAX-")) return false;
  const auto offset = ParseUnsigned(name.substr(6));
  return offset && *offset >= 1 && *offset <= (from_low ? 15U : 14U);
}

bool IsName(std::string_view name) {
  return std::ranges::find(kNames, name) != kNames.end() || name == "XFSZ" || IsRealTime(name);
}

// Any number but zero: which signals there are depends on the machine that runs the image.
bool IsNumber(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value != 0;
}

}  // namespace

void CheckStopSignal(std::string_view text) {
  const std::string upper = ToUpper(text);
  std::string_view name = upper;
  if (name.starts_with("SIG")) name.remove_prefix(3);
  if (IsNumber(text) || IsName(name)) return;
  const auto near = ClosestMatch(name, {kNames.begin(), kNames.end()});
  throw Error(ErrorKind::kInvalidInput, "invalid signal: " + std::string(text))
      .WithHint(near ? "did you mean SIG" + *near + "?" : "signals have names like SIGTERM");
}

}  // namespace ibuild::builder
