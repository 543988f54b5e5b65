// Golden files: what a test expects as a file, rewritten by IBUILD_ACCEPT=1.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace ibuild::parser {

inline std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void ExpectGolden(const std::string& path, const std::string& text) {
  if (std::getenv("IBUILD_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
  }
  EXPECT_EQ(ReadText(path), text) << path << ": IBUILD_ACCEPT=1 accepts the new text";
}

}  // namespace ibuild::parser
