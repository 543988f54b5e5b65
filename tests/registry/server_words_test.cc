#include "registry/http/server_words.h"

#include <gmock/gmock.h>

#include "registry/client/error_response.h"

namespace ibuild::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<Secret> Sent(std::string_view authorization) {
  Headers headers;
  headers.Add("Accept", "application/json");
  headers.Add("Authorization", authorization);
  return SecretsOf(headers);
}

TEST(ServerWordsTest, WhatWasSentIsNotShown) {
  const auto token = Sent("Bearer ey.token/with+signs");
  EXPECT_EQ(ServerWords("no: ey.token/with+signs", token), "no: ****");
  EXPECT_EQ(ServerWords("no: Bearer ey.token/with+signs!", token), "no: Bearer ****!");
  EXPECT_EQ(ServerWords("token=ey.token%2Fwith%2Bsigns", token), "token=****");
  EXPECT_EQ(ServerWords("application/json", token), "application/json");
}

TEST(ServerWordsTest, NorWhatIsPackedInABasicAuthorization) {
  const auto password = Sent("Basic dXNlcjpvcGVuIHNlc2FtZQ==");  // user:open sesame
  EXPECT_EQ(ServerWords("dXNlcjpvcGVuIHNlc2FtZQ== is bad", password), "**** is bad");
  EXPECT_EQ(ServerWords("user:open sesame is bad", password), "**** is bad");
  EXPECT_EQ(ServerWords("password \"open sesame\" of user", password), "password \"****\" of user");
}

TEST(ServerWordsTest, ASecretIsNotCutInTwo) {
  const std::string shown =
      ServerWords(std::string(508, 'x') + "secret-token", Sent("Bearer secret-token"));
  EXPECT_THAT(shown, Not(HasSubstr("s")));
}

TEST(ServerWordsTest, IsOneLineWithoutControls) {
  EXPECT_EQ(ServerWords(" a\r\nerror: b\tc\x1b[31m ", {}), "a  error: b c\\x1b[31m");
  EXPECT_EQ(ServerWords("\xc2\x9b"
                        "31m \xc3\xa9 \x9b",
                        {}),
            "\\u009b31m \xc3\xa9 \\x9b");
}

TEST(ServerWordsTest, ComplaintsAreCleanedOneByOne) {
  const auto sent = Sent("Bearer classified");
  const auto complaints = ParseComplaints(
      R"({"errors":[{"code":"DENIED\n","message":"token class\u0069fied is\nold"}]})", sent);
  ASSERT_EQ(complaints.size(), 1u);
  EXPECT_EQ(complaints[0].code, "DENIED");
  EXPECT_EQ(complaints[0].message, "token **** is old");
  EXPECT_EQ(ParseComplaints("classified\x1b", sent).at(0).message, "****\\x1b");
}

}  // namespace
}  // namespace ibuild::registry
