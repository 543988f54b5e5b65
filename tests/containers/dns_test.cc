// Names of containers: what is asked, and what is answered.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "containers/network/dns_message.h"
#include "containers/network/name_table.h"
#include "containers/network/subnet.h"

namespace ibuild::containers {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kHosts =
    "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n"
    "# network shop\n172.18.0.2\tweb-host web\n172.18.0.3\tDB db-1 # who\n172.18.0.4 db\n"
    "# network back\n172.19.0.2\tcache\n";

std::string Query(std::string_view labels, char type) {
  return std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"sv)
      .append(labels)
      .append("\0\0"sv)
      .append(1, type)
      .append("\0\x01"sv);
}

TEST(DnsMessages, QuestionsAreRead) {
  const std::string query = Query("\x03Web\x04Shop", 1);
  const auto question = ParseQuestion(query);
  ASSERT_TRUE(question);
  EXPECT_EQ(question->name, "web.shop");
  EXPECT_EQ(question->type, 1);
  EXPECT_EQ(question->end, query.size());
  for (std::size_t size = 0; size < query.size(); ++size) {
    EXPECT_FALSE(ParseQuestion(std::string_view(query).substr(0, size))) << size;
  }
}

TEST(DnsMessages, WhatIsNoQuestionIsNone) {
  std::string answer = Query("\x03web", 1);
  answer[2] = '\x81';
  EXPECT_FALSE(ParseQuestion(answer));
  EXPECT_FALSE(ParseQuestion(Query("\xc0\x0c", 1)));  // a name that points at itself
  EXPECT_FALSE(
      ParseQuestion(Query("\x3f"
                          "web",
                          1)));
  std::string endless;
  for (int i = 0; i < 200; ++i) endless += "\x01x";
  EXPECT_FALSE(ParseQuestion(Query(endless, 1)));
}

TEST(DnsMessages, AnswersHoldTheQuestionAndTheAddresses) {
  const std::string query = Query(
      "\x02"
      "db",
      1);
  const std::string answer = AnswerAddresses(query, *ParseQuestion(query), {0xac120003});
  EXPECT_TRUE(IsAnswerTo(query, answer));
  EXPECT_EQ(answer.substr(2, 10), "\x81\x80\0\x01\0\x01\0\0\0\0"sv);
  EXPECT_TRUE(answer.ends_with("\xc0\x0c\0\x01\0\x01\0\0\0\x01\0\x04\xac\x12\0\x03"sv));
  EXPECT_EQ(AnswerFailure(query, *ParseQuestion(query)).substr(2, 2), "\x81\x82"sv);
  const std::string pointer = AnswerName(query, *ParseQuestion(query), "db.shop");
  EXPECT_TRUE(
      pointer.ends_with("\x02"
                        "db\x04shop\0"sv));
  EXPECT_LE(AnswerAddresses(query, *ParseQuestion(query), std::vector<std::uint32_t>(99)).size(),
            512U);
}

TEST(DnsMessages, AnAddressIsAskedAboutBackwards) {
  EXPECT_EQ(ParseReverseName("3.0.18.172.in-addr.arpa"), ParseAddress("172.18.0.3"));
  EXPECT_FALSE(ParseReverseName("0.18.172.in-addr.arpa"));
  EXPECT_FALSE(ParseReverseName("web"));
}

TEST(NameTables, FindNamesOnEveryNetwork) {
  const NameTable table(kHosts);
  const auto addresses = [&](std::string_view name) {
    std::string text;
    for (const std::uint32_t address : table.AddressesOf(name))
      text += FormatAddress(address) + " ";
    return text;
  };
  EXPECT_EQ(addresses("web"), "172.18.0.2 ");
  EXPECT_EQ(addresses("db"), "172.18.0.3 172.18.0.4 ");
  EXPECT_EQ(addresses("db.shop"), "172.18.0.3 172.18.0.4 ");
  EXPECT_EQ(addresses("db.back"), "");
  EXPECT_EQ(addresses("cache.back"), "172.19.0.2 ");
  EXPECT_EQ(addresses("localhost"), "127.0.0.1 ");
  EXPECT_EQ(addresses("who"), "");
  EXPECT_EQ(table.NameOf(*ParseAddress("172.18.0.2")), "web-host.shop");
  EXPECT_EQ(table.NameOf(*ParseAddress("127.0.0.1")), "");
}

}  // namespace
}  // namespace ibuild::containers
