// What the documentation says of the tests is true: a test that it names is there.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "support/files.h"

namespace ibuild::rules {
namespace {

namespace fs = std::filesystem;

// Everything that `pattern` finds, its groups joined by a full stop.
std::set<std::string> Find(const std::string& text, const std::regex& pattern) {
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.insert((*match)[1].str() + "." + (*match)[2].str());
  }
  return found;
}

std::set<std::string> TestNames() {
  static const std::regex kDefinition(R"(\nTEST(?:_F|_P)?\((\w+),\s+(\w+)\))");
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator("tests")) {
    if (entry.path().extension() == ".cc") {
      names.merge(Find(ReadFile(entry.path()), kDefinition));
    }
  }
  return names;
}

TEST(DocRules, TestsThatAreNamedExist) {
  static const std::regex kMention(R"(`([A-Z][A-Za-z]+)\.([A-Z]\w+)`)");
  const std::set<std::string> names = TestNames();
  EXPECT_GT(names.size(), 1000U);
  for (const auto& entry : fs::directory_iterator("docs")) {
    if (entry.path().extension() != ".md") continue;
    for (const std::string& name : Find(ReadFile(entry.path()), kMention)) {
      EXPECT_TRUE(names.contains(name)) << entry.path() << " names " << name;
    }
  }
}

}  // namespace
}  // namespace ibuild::rules
