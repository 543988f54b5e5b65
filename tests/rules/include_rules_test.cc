// Who may include whom (docs/architecture.md). CMake links rooms, but with one include root it
// cannot see a header that is used and not linked; these tests read the #include lines.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/rules/sources.h"

namespace ibuild::rules {
namespace {

const std::map<std::string, std::set<std::string>> kMaySee = {
    {"support", {"support"}},
    {"oci", {"oci", "support"}},
    {"parser", {"parser", "support"}},
    {"layers", {"layers", "oci", "support"}},
    {"registry", {"registry", "oci", "support"}},
    {"sandbox", {"sandbox", "support"}},
    {"builder", {"builder", "parser", "layers", "sandbox", "oci", "support"}},
    {"containers", {"containers", "layers", "sandbox", "oci", "support"}},
    {"cli",
     {"cli", "builder", "containers", "parser", "layers", "registry", "sandbox", "oci", "support"}},
};

std::string RoomOf(const std::string& include) { return include.substr(0, include.find('/')); }

TEST(IncludeRules, ThereAreSources) { EXPECT_GT(RoomSources().size(), 100u); }

TEST(IncludeRules, RoomsSeeOnlyWhatTheyMay) {
  for (const SourceFile& file : RoomSources()) {
    const std::set<std::string>& allowed = kMaySee.at(file.Room());
    for (const Include& include : IncludesOf(file)) {
      if (include.angle || kMaySee.count(RoomOf(include.target)) == 0) continue;
      EXPECT_EQ(allowed.count(RoomOf(include.target)), 1u)
          << file.path << ':' << include.line << " includes " << include.target;
    }
  }
}

TEST(IncludeRules, IncludesAreFromTheRoot) {
  for (const SourceFile& file : RoomSources()) {
    for (const Include& include : IncludesOf(file)) {
      if (include.angle) continue;
      const bool ours = kMaySee.count(RoomOf(include.target)) == 1;
      const bool generated = include.target.find('/') == std::string::npos;
      EXPECT_TRUE(ours || generated) << file.path << ':' << include.line << ' ' << include.target;
      EXPECT_EQ(include.target.find(".."), std::string::npos) << file.path << ':' << include.line;
    }
  }
}

// Values in, values out: no files, no network, no clock, no environment, no processes.
bool IsPure(const std::string& path) {
  static const std::vector<std::string> kPure = {
      "oci/",
      "parser/",
      "builder/graph/",
      "builder/plan/",
      "builder/assemble/",
      "builder/cache/cache_key",
      "builder/solve/ready_queue",
      "registry/auth/challenge",
      "registry/auth/scope",
      "registry/client/endpoints",
      "registry/transfer/push_plan",
  };
  return std::any_of(kPure.begin(), kPure.end(),
                     [&](const std::string& prefix) { return path.starts_with(prefix); });
}

bool TouchesTheWorld(const Include& include) {
  static const std::set<std::string> kBanned = {"fstream",
                                                "iostream",
                                                "cstdio",
                                                "stdio.h",
                                                "unistd.h",
                                                "fcntl.h",
                                                "dirent.h",
                                                "spawn.h",
                                                "poll.h",
                                                "thread",
                                                "netdb.h",
                                                "curl/curl.h",
                                                "archive.h",
                                                "signal.h",
                                                "csignal",
                                                "random",
                                                "sched.h",
                                                "support/files.h",
                                                "support/fd.h",
                                                "support/process.h",
                                                "support/environment.h",
                                                "support/rooted_dir.h",
                                                "support/task_pool.h"};
  const bool system_call = include.angle && (include.target.starts_with("sys/") ||
                                             include.target.starts_with("netinet/") ||
                                             include.target.starts_with("arpa/"));
  // Types of numbers only.
  if (include.target == "sys/types.h") return false;
  return system_call || kBanned.count(include.target) == 1;
}

TEST(IncludeRules, PureCornersTouchNothing) {
  std::size_t pure_files = 0;
  for (const SourceFile& file : RoomSources()) {
    if (!IsPure(file.path)) continue;
    ++pure_files;
    for (const Include& include : IncludesOf(file)) {
      EXPECT_FALSE(TouchesTheWorld(include))
          << file.path << ':' << include.line << " includes " << include.target;
    }
  }
  EXPECT_GT(pure_files, 50u);
}

// Libraries that cost compile time or start-up time have one door each.
TEST(IncludeRules, LibrariesHaveTheirDoors) {
  // What is said in them is JSON itself: forms of documents, values of templates.
  const std::set<std::string> kHeadersOfJson = {"oci/json_forms.h", "cli/template/value.h"};
  const std::map<std::string, std::string> doors = {
      {"nlohmann/json.hpp", "support/json.h"}, {"nlohmann/json_fwd.hpp", "support/json_fwd.h"}};
  for (const SourceFile& file : RoomSources()) {
    for (const Include& include : IncludesOf(file)) {
      if (const auto door = doors.find(include.target); door != doors.end()) {
        EXPECT_EQ(file.path, door->second) << include.target;
      }
      if (include.target == "support/json.h" && file.Room() != "support") {
        EXPECT_TRUE(file.path.ends_with(".cc") || kHeadersOfJson.contains(file.path))
            << file.path << ": headers forward-declare with support/json_fwd.h";
      }
      if (include.target.starts_with("curl/")) {
        EXPECT_TRUE(file.path.starts_with("registry/http/")) << file.path;
      }
    }
  }
}

}  // namespace
}  // namespace ibuild::rules
