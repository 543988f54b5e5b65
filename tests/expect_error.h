// What a test says about an Error: its kind, and words that its message must hold.
#pragma once

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>

#include "support/error.h"

namespace ibuild {

// The Error that `work` throws; a test failure and nothing when it throws none.
template <typename Work>
std::optional<Error> CatchError(Work&& work) {
  try {
    std::forward<Work>(work)();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "expected an Error";
  return std::nullopt;
}

template <typename Work>
void ExpectError(ErrorKind kind, const std::string& words, Work&& work) {
  if (const auto error = CatchError(std::forward<Work>(work))) {
    EXPECT_EQ(error->kind(), kind) << error->what();
    EXPECT_THAT(error->what(), testing::HasSubstr(words));
  }
}

}  // namespace ibuild
