// How an activity ended, in the word that programs read.
#pragma once

#include "support/report.h"

namespace ibuild::cli {

inline const char* NameOf(ActivityState state) {
  switch (state) {
    case ActivityState::kDone:
      return "done";
    case ActivityState::kCached:
      return "cached";
    case ActivityState::kCancelled:
      return "cancelled";
    case ActivityState::kFailed:
      break;
  }
  return "failed";
}

}  // namespace ibuild::cli
