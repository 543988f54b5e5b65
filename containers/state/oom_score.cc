#include "containers/state/oom_score.h"

#include <fcntl.h>

#include "support/error.h"
#include "support/fd.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

constexpr const char* kOwnScore = "/proc/self/oom_score_adj";

void SetOwnScore(const std::string& score) {
  const UniqueFd file = OpenFile(kOwnScore, O_WRONLY);
  WriteAll(file.get(), score);
}

}  // namespace

WithOomScore::WithOomScore(std::int64_t score) {
  if (score == 0) return;
  before_ = ReadFile(kOwnScore);
  try {
    SetOwnScore(std::to_string(score));
  } catch (Error& error) {
    error.AddContext("setting the OOM score " + std::to_string(score));
    if (error.kind() == ErrorKind::kPermissionDenied) {
      error.AddHint("a score below the present one, " + std::string(Trim(before_)) +
                    ", needs root");
    }
    throw;
  }
}

WithOomScore::~WithOomScore() {
  if (before_.empty()) return;
  try {
    SetOwnScore(before_);
  } catch (const Error&) {  // a monitor that goes a little sooner does no harm
  }
}

}  // namespace ibuild::containers
