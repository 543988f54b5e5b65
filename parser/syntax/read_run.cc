// RUN.
#include <fmt/format.h>

#include "parser/syntax/flags.h"
#include "parser/syntax/read_instruction.h"
#include "parser/syntax/run_mount.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

NetworkMode ReadNetworkMode(const InstructionText& text, const Word& value) {
  if (value.text == "default") return NetworkMode::kDefault;
  if (value.text == "none") return NetworkMode::kNone;
  if (value.text == "host") return NetworkMode::kHost;
  text.FailAt("InvalidFlagValue", fmt::format("invalid network mode {}", Quote(value.text)),
              value.range, "use default, none or host");
}

SecurityMode ReadSecurityMode(const InstructionText& text, const Word& value) {
  if (value.text == "sandbox") return SecurityMode::kSandbox;
  if (value.text == "insecure") return SecurityMode::kInsecure;
  text.FailAt("InvalidFlagValue", fmt::format("security {} is not valid", Quote(value.text)),
              value.range, "use sandbox or insecure");
}

// "vendor.com/gpu=0", "vendor.com/gpu=0,required" or "name=vendor.com/gpu=0,required=true".
DeviceRequest ReadDevice(const InstructionText& text, const Word& value) {
  DeviceRequest device;
  for (std::string_view field : Split(value.text, ',')) {
    const std::string_view key = field.substr(0, field.find('='));
    if (EqualsIgnoringCase(field, "required") || EqualsIgnoringCase(field, "required=true")) {
      device.required = true;
    } else if (EqualsIgnoringCase(field, "required=false")) {
      device.required = false;
    } else if (EqualsIgnoringCase(key, "required")) {
      text.FailAt("InvalidFlagValue", fmt::format("invalid value for required: {}", field),
                  value.range, "use true or false");
    } else if (!device.name.empty()) {
      text.FailAt("InvalidFlagValue", fmt::format("unexpected key in '{}'", field), value.range,
                  "write --device=NAME or --device=NAME,required");
    } else {
      if (field.starts_with("name=")) field.remove_prefix(5);
      device.name = field;
    }
  }
  if (device.name.empty()) {
    text.FailAt("InvalidFlagValue", "device name is required", value.range);
  }
  return device;
}

// A mount is wrong in itself or only with some values of its variables; here the former.
void CheckMounts(const InstructionText& text, const std::vector<Word>& mounts) {
  for (const Word& mount : mounts) {
    try {
      CheckRunMount(mount.text);
    } catch (const Error& error) {
      text.FailAt("InvalidMount", error.message(), mount.range, error.hint());
    }
  }
}

void ReadCommand(const InstructionText& text, Run& run) {
  run.command = ReadShellOrExec(text, text.rest);
  if (run.command.is_exec && run.command.argv.empty()) FailMissingArguments(text);
  if (text.heredocs.empty()) return;
  run.heredocs = text.heredocs;
  run.script = LoneHeredocMarker(text.rest).has_value();
  if (!run.script) {
    run.command.text += RenderHeredocs(run.heredocs);
    return;
  }
  run.command.text = run.heredocs.front().Content();
  run.interpreted = run.command.text.starts_with("#!");
}

}  // namespace

InstructionBody ReadRun(const InstructionText& text) {
  const InstructionFlags flags(text, {{"mount", FlagKind::kList},
                                      {"network", FlagKind::kValue},
                                      {"security", FlagKind::kValue},
                                      {"device", FlagKind::kList}});
  Run run;
  run.mounts = flags.Values("mount");
  CheckMounts(text, run.mounts);
  if (const auto network = flags.Value("network")) run.network = ReadNetworkMode(text, *network);
  if (const auto mode = flags.Value("security")) run.security = ReadSecurityMode(text, *mode);
  for (const Word& device : flags.Values("device")) run.devices.push_back(ReadDevice(text, device));
  ReadCommand(text, run);
  return run;
}

}  // namespace ibuild::parser
