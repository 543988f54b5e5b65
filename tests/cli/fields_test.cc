#include "cli/building/fields.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild::cli {
namespace {

std::string Show(std::string_view text) {
  std::string shown;
  for (const Field& field : ParseFields(text)) {
    shown += "[" + field.key + (field.has_value ? "=" + field.value : "") + "]";
  }
  return shown;
}

TEST(ParseFields, CutsAtCommasOutsideQuotes) {
  EXPECT_EQ(Show("type=oci,dest=a.tar"), "[type=oci][dest=a.tar]");
  EXPECT_EQ(Show("a=b=c"), "[a=b=c]");
  EXPECT_EQ(Show("check,format=json"), "[check][format=json]");
  EXPECT_EQ(Show("\"dest=a,b\",x=y"), "[dest=a,b][x=y]");
  EXPECT_EQ(Show("x=\"say \"\"hi\"\"\""), "[x=say \"hi\"]");
  EXPECT_EQ(Show("Type=OCI"), "[type=OCI]");
  EXPECT_EQ(Show(""), "[]");
  EXPECT_EQ(Show("a=,b="), "[a=][b=]");
}

TEST(ParseFields, RefusesAnOpenQuote) {
  ExpectError(ErrorKind::kUsage, "a quote is not closed", [] { ParseFields("\"a=b"); });
}

TEST(FieldAsBool, TakesTheUsualWords) {
  EXPECT_TRUE(FieldAsBool({.key = "x", .value = "true", .has_value = true}));
  EXPECT_TRUE(FieldAsBool({.key = "x", .value = "", .has_value = false}));
  EXPECT_FALSE(FieldAsBool({.key = "x", .value = "0", .has_value = true}));
  ExpectError(ErrorKind::kUsage, "x is \"yes\"",
              [] { FieldAsBool({.key = "x", .value = "yes", .has_value = true}); });
}

}  // namespace
}  // namespace ibuild::cli
