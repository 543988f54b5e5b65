#include "cli/settings.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/result_file.h"
#include "support/files.h"
#include "tests/expect_error.h"
#include "tests/scratch_dir.h"

namespace ibuild::cli {
namespace {

class SettingsTest : public testing::Test {
 protected:
  SettingsTest() {
    for (const char* name :
         {"IBUILD_ROOT", "XDG_DATA_HOME", "SOURCE_DATE_EPOCH", "DOCKER_DEFAULT_PLATFORM",
          "BUILDKIT_PROGRESS", "IBUILD_SOURCE_LIMIT"}) {
      ::unsetenv(name);
    }
    ::setenv("HOME", "/home/someone", 1);
  }
};

TEST_F(SettingsTest, TheStoreHasItsPlace) {
  const bool root = ::geteuid() == 0;
  const TempDir home("/var/tmp");
  ::setenv("HOME", home.path().c_str(), 1);
  EXPECT_EQ(ReadSettings().root, root ? "/var/lib/ibuild" : home.path() / ".local/share/ibuild");
  ::setenv("XDG_DATA_HOME", (home.path() / "data").c_str(), 1);
  EXPECT_EQ(ReadSettings().root, root ? "/var/lib/ibuild" : home.path() / "data/ibuild");
  ::setenv("XDG_DATA_HOME", "/proc", 1);
  const std::filesystem::path substitute = fmt::format("/var/tmp/ibuild-{}", ::geteuid());
  EXPECT_EQ(ReadSettings().root, root ? "/var/lib/ibuild" : substitute);
  ::setenv("IBUILD_ROOT", "/store", 1);
  EXPECT_EQ(ReadSettings().root, "/store");
  ::setenv("IBUILD_ROOT", "", 1);
  EXPECT_NE(ReadSettings().root, "");
}

TEST_F(SettingsTest, ReadsTheLimitOfSources) {
  EXPECT_EQ(ReadSettings().source_limit, std::nullopt);
  ::setenv("IBUILD_SOURCE_LIMIT", "2g", 1);
  EXPECT_EQ(ReadSettings().source_limit, 2ull << 30);
  ::setenv("IBUILD_SOURCE_LIMIT", "much", 1);
  ExpectError(ErrorKind::kUsage, "IBUILD_SOURCE_LIMIT", [] { ReadSettings(); });
}

TEST_F(SettingsTest, ReadsSourceDateEpoch) {
  EXPECT_EQ(ReadSettings().source_date_epoch, std::nullopt);
  ::setenv("SOURCE_DATE_EPOCH", "1600000000", 1);
  EXPECT_EQ(ReadSettings().source_date_epoch, 1600000000);
  for (const char* value : {"tomorrow", "-1", "1.5", "999999999999999"}) {
    ::setenv("SOURCE_DATE_EPOCH", value, 1);
    ExpectError(ErrorKind::kUsage, "SOURCE_DATE_EPOCH", [] { ReadSettings(); });
  }
}

TEST_F(SettingsTest, APipeIsNoTerminal) {
  EXPECT_FALSE(ReadSettings().color && !ReadSettings().live_terminal);
}

TEST(ResultFile, AppearsWholeOrNotAtAll) {
  const ScratchDir dir;
  const std::string path = dir.path() / "result";
  WriteFileAtomically(path, "old");
  {
    ResultFile file(path);
    file.sink().Write(AsBytes("half"));
  }
  EXPECT_EQ(ReadFile(path), "old");
  {
    ResultFile file(path);
    file.sink().Write(AsBytes("new"));
    file.Commit();
  }
  EXPECT_EQ(ReadFile(path), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(ResultFile, DevicesAreWrittenInPlace) {
  ResultFile file("/dev/null");
  file.sink().Write(AsBytes("x"));
  file.Commit();
  EXPECT_FALSE(std::filesystem::is_regular_file("/dev/null"));
}

}  // namespace
}  // namespace ibuild::cli
