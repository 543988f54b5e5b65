#include "sandbox/spec/setup_op.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace ibuild::builder {
namespace {

constexpr std::array kNames = {
    "propagation",
    "receive",
    "open-host",
    "new-mount",
    "clone",
    "attributes",
    "attach",
    "overlay",
    "resolve",
    "directory",
    "file",
    "time",
    "symlink",
    "char-device",
    "null-input",
    "terminal",
    "make-target",
    "cover-if-exists",
    "read-only-if-exists",
    "report-root",
    "join",
    "unshare",
    "host-name",
    "loopback",
    "pivot",
    "chroot",
    "enter",
};
static_assert(kNames.size() == static_cast<std::size_t>(OpKind::kCount_));

}  // namespace

std::string Dump(const SetupOp& op) {
  std::string line = kNames.at(static_cast<std::size_t>(op.kind));
  auto out = std::back_inserter(line);
  if (op.at >= 0) fmt::format_to(out, " #{}", op.at);
  if (!op.path.empty()) fmt::format_to(out, " {}", op.path);
  if (!op.data.empty()) fmt::format_to(out, " [{}]", op.data);
  if (op.mode != 0) fmt::format_to(out, " mode={:#o}", op.mode);
  if (op.flags != 0) fmt::format_to(out, " flags={:#x}", op.flags);
  if (op.slot >= 0) fmt::format_to(out, " slot=#{}", op.slot);
  return line;
}

std::string Dump(const std::vector<SetupOp>& ops) {
  std::string text;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    fmt::format_to(std::back_inserter(text), "{:3}  {}\n", i, Dump(ops[i]));
  }
  return text;
}

}  // namespace ibuild::builder
