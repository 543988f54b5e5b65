// Golden files: what a test produced is compared with a file beside its input. After a change that
// is meant, IBUILD_ACCEPT=1 in the environment writes the files anew.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "support/environment.h"
#include "support/files.h"

namespace ibuild {

inline void ExpectGolden(const std::filesystem::path& golden, const std::string& produced) {
  if (GetEnvironment("IBUILD_ACCEPT") == "1") {
    WriteFileAtomically(golden, produced);
    return;
  }
  ASSERT_TRUE(std::filesystem::exists(golden)) << golden << ": make it with IBUILD_ACCEPT=1";
  EXPECT_EQ(produced, ReadFile(golden)) << golden << ": when this is meant, IBUILD_ACCEPT=1";
}

}  // namespace ibuild
