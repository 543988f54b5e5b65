// What the documentation names is there: tests, files, floors of a room.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

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

// Rooms have a README; `tests` is one in this respect.
std::vector<fs::path> Rooms() {
  std::vector<fs::path> rooms;
  for (const auto& entry : fs::directory_iterator(".")) {
    if (fs::exists(entry.path() / "CMakeLists.txt") && entry.path().filename() != "build") {
      rooms.push_back(entry.path().lexically_normal());
    }
  }
  return rooms;
}

TEST(DocRules, EveryRoomSaysWhatItsFloorsAre) {
  const std::vector<fs::path> rooms = Rooms();
  EXPECT_GT(rooms.size(), 8U);
  for (const fs::path& room : rooms) {
    const std::string text = ReadFile(room / "README.md");
    for (const auto& entry : fs::directory_iterator(room)) {
      if (!entry.is_directory() || room == "tests") continue;
      const std::string floor = "`" + entry.path().filename().string() + "/`";
      EXPECT_NE(text.find(floor), std::string::npos) << room << " does not name " << floor;
    }
  }
}

TEST(DocRules, FilesThatRoomsNameExist) {
  static const std::regex kPath(R"(`([\w/]+)(\.h|\.cc|/)`)");
  for (const fs::path& room : Rooms()) {
    const std::string text = ReadFile(room / "README.md");
    for (std::sregex_iterator match(text.begin(), text.end(), kPath), end; match != end; ++match) {
      const std::string path = (*match)[1].str() + (*match)[2].str();
      EXPECT_TRUE(fs::exists(room / path) || fs::exists(path)) << room << " names " << path;
    }
  }
}

}  // namespace
}  // namespace ibuild::rules
