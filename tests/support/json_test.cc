#include "support/json.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild {
namespace {

void ExpectRefused(std::string_view text, const std::string& words) {
  ExpectError(ErrorKind::kInvalidInput, words, [&] { ParseJson(text, "doc.json"); });
}

TEST(ParseJson, RefusesWhatIsNotJsonAndNamesTheDocument) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "{} {}", "nul", "{'a':1}", "[01]",
                           "\"\x01\"", "// comment\n{}", "[1e999]", "\"\\ud800\""}) {
    ExpectRefused(text, "doc.json: not valid JSON");
  }
}

TEST(ParseJson, RefusesInvalidUtf8) {
  ExpectRefused("\"\xff\"", "not valid JSON");
  ExpectRefused("\"\xc0\xaf\"", "not valid JSON");
  ExpectRefused("\"\xed\xa0\x80\"", "not valid JSON");
}

TEST(ParseJson, RefusesDuplicateKeysAtAnyDepthAndInAnySpelling) {
  ExpectRefused(R"({"a":1,"a":2})", "duplicate key \"a\"");
  ExpectRefused(R"({"x":[{"a":1,"b":2,"a":3}]})", "duplicate key \"a\"");
  ExpectRefused(R"({"a":1,"\u0061":2})", "duplicate key \"a\"");
  EXPECT_EQ(ParseJson(R"([{"a":1},{"a":2}])", "x").size(), 2u);
  EXPECT_EQ(ParseJson(R"({"a":{"a":1}})", "x").size(), 1u);
}

TEST(ParseJson, NestingIsLimitedBeforeItCosts) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_NO_THROW(ParseJson(nested(64), "x"));
  ExpectRefused(nested(65), "nested deeper than 64 levels");
  ExpectRefused(nested(1000000), "nested deeper than 64 levels");
  ExpectRefused(std::string(1000000, '['), "nested deeper than 64 levels");
}

TEST(ParseJson, SizeIsLimited) {
  ExpectError(ErrorKind::kResourceExhausted, "more than the limit of 4",
              [] { ParseJson("[1,2]", "x", {.bytes = 4}); });
}

TEST(ParseOrderedJson, KeepsTheOrder) {
  EXPECT_EQ(DumpJson(ParseOrderedJson(R"({"b":1,"a":[2,3]})", "x")), R"({"b":1,"a":[2,3]})");
  ExpectError(ErrorKind::kInvalidInput, "duplicate",
              [] { ParseOrderedJson(R"({"b":1,"b":2})", "x"); });
}

TEST(DumpJson, SortsKeysAndIndentsByTwo) {
  const Json value = ParseJson(R"({"b":[],"a":{"x":1}})", "x");
  EXPECT_EQ(DumpJson(value), R"({"a":{"x":1},"b":[]})");
  EXPECT_EQ(DumpJson(value, JsonStyle::kIndented),
            "{\n  \"a\": {\n    \"x\": 1\n  },\n  \"b\": []\n}");
}

TEST(DumpJson, EscapesAsGoDoes) {
  const Json value = "<a & b>\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\x7f\b\f\n\x01\"\\/\xc3\xa9";
  EXPECT_EQ(DumpJson(value, JsonStyle::kGo),
            "\"\\u003ca \\u0026 b\\u003e\\u2028\\u2029\xe2\x80\xaa\x7f\\b\\f\\n\\u0001\\\"\\\\/"
            "\xc3\xa9\"");
}

TEST(DumpJson, InvalidUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(DumpJson(Json("a\xffz")), "\"a\xef\xbf\xbdz\"");
}

class JsonReaderTest : public testing::Test {
 protected:
  const Json document_ = ParseJson(
      R"({"rootfs":{"diff_ids":["a","b",3]},"n":null,"i":-5,"f":1.0,"big":18446744073709551615,
          "t":true,"s":"text","list":["x","y"],"map":{"k":"v"}})",
      "test");
  const JsonReader json_{document_, "config.json"};
};

TEST_F(JsonReaderTest, ReadsValues) {
  EXPECT_EQ(json_.String("s"), "text");
  EXPECT_EQ(json_.At("i").AsInt(), -5);
  EXPECT_TRUE(json_.At("t").AsBool());
  EXPECT_EQ(json_.StringsIf("list"), (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(json_.StringsIf("none").empty());
  EXPECT_EQ(json_.StringIf("none"), std::nullopt);
}

TEST_F(JsonReaderTest, NullIsLikeMissing) {
  EXPECT_FALSE(json_.Has("n"));
  EXPECT_FALSE(json_.Has("none"));
  ExpectError(ErrorKind::kInvalidInput, "config.json: member \"n\" is missing",
              [&] { json_.At("n"); });
}

TEST_F(JsonReaderTest, ErrorsNameThePath) {
  ExpectError(ErrorKind::kInvalidInput, "config.json: rootfs.diff_ids[2]: expected a string",
              [&] { json_.At("rootfs").StringsIf("diff_ids"); });
  ExpectError(ErrorKind::kInvalidInput, "config.json: s: expected an object",
              [&] { json_.At("s").Find("x"); });
}

TEST_F(JsonReaderTest, OnlyIntegersAreIntegers) {
  for (const char* key : {"f", "s", "t"}) {
    ExpectError(ErrorKind::kInvalidInput, "expected an integer", [&] { json_.At(key).AsInt(); });
  }
  ExpectError(ErrorKind::kInvalidInput, "too large", [&] { json_.At("big").AsInt(); });
}

TEST_F(JsonReaderTest, OtherTypesAreErrors) {
  ExpectError(ErrorKind::kInvalidInput, "expected true or false", [&] { json_.At("s").AsBool(); });
  ExpectError(ErrorKind::kInvalidInput, "expected an array", [&] { json_.At("s").AsStrings(); });
  ExpectError(ErrorKind::kInvalidInput, "expected a string", [&] { json_.At("i").AsString(); });
}

TEST_F(JsonReaderTest, VisitsMembersWithTheirPaths) {
  std::string seen;
  json_.At("map").ForEachMember([&](const std::string& key, const JsonReader& value) {
    seen += key + "=" + value.AsString() + " at " + value.path();
  });
  EXPECT_EQ(seen, "k=v at map.k");
}

}  // namespace
}  // namespace ibuild
