#include "cli/containers/each.h"

#include "cli/exit_code.h"
#include "cli/render/error_report.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "support/error.h"

namespace ibuild::cli {

int ForEach(Wiring& wiring, const std::vector<std::string>& operands,
            const std::function<void(const std::string&)>& act) {
  int code = kExitOk;
  for (const std::string& operand : operands) {
    try {
      act(operand);
    } catch (const Error& error) {
      StandardError()(RenderError(error, Palette(wiring.settings().color)));
      code = ExitCodeOf(error, wiring.settings().tool);
    }
  }
  return code;
}

}  // namespace ibuild::cli
