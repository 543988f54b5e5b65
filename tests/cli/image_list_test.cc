// Lists of images: formats, filters, units, words.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include "cli/images/image_filter.h"
#include "cli/render/docker_units.h"
#include "cli/render/list_format.h"
#include "cli/working/shell_words.h"
#include "support/json.h"
#include "tests/expect_error.h"

namespace ibuild::cli {
namespace {

OrderedJson Row(const char* id, const char* tag) { return {{"ID", id}, {"Tag", tag}}; }

class ListFormatTest : public testing::Test {
 protected:
  std::string Render(std::string_view format) const {
    return RenderList(format, {Row("0123", "1"), Row("4567", "a-long-tag")},
                      {{"ID", "IMAGE ID"}, {"Tag", "TAG"}}, {"Tag", "ID"});
  }
};

TEST_F(ListFormatTest, ATableHasTheColumnsThatAreShown) {
  EXPECT_EQ(Render(""), "TAG          IMAGE ID\n1            0123\na-long-tag   4567\n");
  EXPECT_EQ(Render("table"), Render(""));
}

TEST_F(ListFormatTest, ATableOfATemplateHasItsHeaders) {
  EXPECT_EQ(Render("table {{.ID}}\\t{{.Tag}}"),
            "IMAGE ID   TAG\n0123       1\n4567       a-long-tag\n");
}

TEST_F(ListFormatTest, ATemplateIsALineForEach) {
  EXPECT_EQ(Render("{{.ID}}\\t{{.Tag}}"), "0123\t1\n4567\ta-long-tag\n");
}

TEST_F(ListFormatTest, JsonIsALineForEach) {
  EXPECT_EQ(Render("json"),
            "{\"ID\":\"0123\",\"Tag\":\"1\"}\n{\"ID\":\"4567\",\"Tag\":\"a-long-tag\"}\n");
}

TEST(DockerUnits, Sizes) {
  EXPECT_EQ(DockerSize(0), "0B");
  EXPECT_EQ(DockerSize(999), "999B");
  EXPECT_EQ(DockerSize(4'430'000), "4.43MB");
  EXPECT_EQ(DockerSize(77'800'000), "77.8MB");
  EXPECT_EQ(DockerSize(1'000'000'000), "1GB");
}

TEST(DockerUnits, Ages) {
  const auto age = [](std::int64_t seconds) {
    return DockerAge({.seconds = 0}, {.seconds = seconds});
  };
  EXPECT_EQ(age(0), "Less than a second ago");
  EXPECT_EQ(age(59), "59 seconds ago");
  EXPECT_EQ(age(60), "About a minute ago");
  EXPECT_EQ(age(3600), "About an hour ago");
  EXPECT_EQ(age(86400), "24 hours ago");
  EXPECT_EQ(age(3 * 365 * 86400), "3 years ago");
  EXPECT_EQ(DockerTime({.seconds = 1700000000}), "2023-11-14 22:13:20 +0000 UTC");
}

TEST(ImageFilterTest, NamesMatchAsInDocker) {
  const auto matches = [](const char* name, const char* pattern) {
    return MatchesName(oci::Reference::Parse(name), pattern);
  };
  EXPECT_TRUE(matches("alpine:3", "alpine"));
  EXPECT_TRUE(matches("alpine:3", "alpine:3"));
  EXPECT_TRUE(matches("alpine:3", "docker.io/library/alpine"));
  EXPECT_TRUE(matches("r.example/team/app:1", "r.example/*/app"));
  EXPECT_TRUE(matches("team/app:1.2", "team/app:1*"));
  EXPECT_FALSE(matches("team/app:1", "app"));
  EXPECT_FALSE(matches("team/app:1", "*"));
  EXPECT_FALSE(matches("alpine:3", "alpine:2"));
}

TEST(ImageFilterTest, UntilIsADurationOrATime) {
  const UnixTime now{.seconds = 1'000'000};
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  EXPECT_EQ(ParseUntil("1h30m", now).seconds, 1'000'000 - 5400);
  EXPECT_EQ(ParseUntil("2023-11-14", now).seconds, 1699920000);
  EXPECT_EQ(ParseUntil("2023-11-14T22:13:20Z", now).seconds, 1700000000);
  EXPECT_EQ(ParseUntil("2d", now).seconds, 1'000'000 - 2 * 86400);
  EXPECT_EQ(ParseUntil("1700000000", now).seconds, 1700000000);
  ExpectError(ErrorKind::kUsage, "is no time", [&] { ParseUntil("soon", now); });
}

// As `logs --until` reads it.
TEST(ImageFilterTest, UntilWithoutAZoneIsOfThisMachine) {
  ::setenv("TZ", "XYZ-02", 1);  // two hours east
  ::tzset();
  EXPECT_EQ(ParseUntil("2023-11-14", {}).seconds, 1699920000 - 7200);
  ::setenv("TZ", "UTC", 1);
  ::tzset();
}

TEST(ImageFilterTest, AFilterThatThereIsNotIsSuggested) {
  ImageFilter filter;
  const auto error = CatchError([&] { filter.Add("dangeling=true"); });
  EXPECT_EQ(error->message(), "there is no filter \"dangeling\"");
  EXPECT_EQ(error->hint(), "did you mean `dangling`?");
  ExpectError(ErrorKind::kUsage, "is not KEY=VALUE", [&] { filter.Add("dangling"); });
}

TEST(ShellWords, AreSplitAsAShellDoes) {
  EXPECT_EQ(SplitShellWords("a 'b c' \"d \\\" e\" f\\ g ''"),
            (std::vector<std::string>{"a", "b c", "d \" e", "f g", ""}));
  ExpectError(ErrorKind::kUsage, "a quote does not end", [] { SplitShellWords("a 'b"); });
}

}  // namespace
}  // namespace ibuild::cli
