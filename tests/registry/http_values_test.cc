// The pure parts of http/: URLs, headers, address classes, proxies, retry rules, stalls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/http/address_class.h"
#include "registry/http/answer_head.h"
#include "registry/http/message.h"
#include "registry/http/proxy.h"
#include "registry/http/retry.h"
#include "registry/http/stall_watch.h"
#include "support/error.h"

namespace ibuild::registry {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Url, ParsesOriginPathAndQuery) {
  const Url url = Url::Parse("HTTPS://R.Example:5000/v2/a?x=1#f");
  EXPECT_EQ(url.origin(), (Origin{Scheme::kHttps, "r.example", 5000}));
  EXPECT_EQ(url.path(), "/v2/a");
  EXPECT_EQ(url.query(), "x=1");
  EXPECT_EQ(url.Wire(), "https://r.example:5000/v2/a?x=1");
}

TEST(Url, DefaultPortIsTheSameOrigin) {
  EXPECT_EQ(Url::Parse("https://r/").origin(), Url::Parse("https://r:443/x").origin());
  EXPECT_NE(Url::Parse("https://r/").origin(), Url::Parse("http://r/").origin());
  EXPECT_NE(Url::Parse("https://r/").origin(), Url::Parse("https://r:444/").origin());
  EXPECT_EQ(Url::Parse("http://[::1]:80/").Wire(), "http://[::1]/");
}

TEST(Url, RefusesWhatIsNoPlainHttpUrl) {
  for (const char* text :
       {"", "r.example/x", "ftp://r/x", "https://", "https:///x", "https://u:p@r/x", "https://r:0/",
        "https://r:65536/", "https://r:x/", "https://[::1/x", "https://[fe80::1%25eth0]/",
        "https://r/a b", "https://r/\r\nX: y", "https://r\\@evil/", "javascript://r/",
        "file:///x"}) {
    EXPECT_FALSE(Url::TryParse(text)) << text;
  }
  EXPECT_FALSE(Url::TryParse(std::string_view("https://r/\0x", 12)));
  EXPECT_FALSE(Url::TryParse("https://r/" + std::string(20'000, 'x')));
}

TEST(Url, ResolvesEveryFormOfReference) {
  const Url base = Url::Parse("https://r:5000/v2/a/uploads/?x=1");
  EXPECT_EQ(base.Resolve("http://o/p").Wire(), "http://o/p");
  EXPECT_EQ(base.Resolve("//o/p").Wire(), "https://o/p");
  EXPECT_EQ(base.Resolve("/p?q=1").Wire(), "https://r:5000/p?q=1");
  EXPECT_EQ(base.Resolve("?q=1").Wire(), "https://r:5000/v2/a/uploads/?q=1");
  EXPECT_EQ(base.Resolve("id").Wire(), "https://r:5000/v2/a/uploads/id");
  EXPECT_THROW(base.Resolve("ftp://o/p"), Error);
}

TEST(Url, ParameterKeepsTheQueryByteForByte) {
  const Url url = Url::Parse("https://r/u?_state=a%2Fb+c%3d");
  EXPECT_EQ(url.WithParameter("digest", "sha256:ab").Wire(),
            "https://r/u?_state=a%2Fb+c%3d&digest=sha256%3Aab");
}

TEST(Url, PrintsWithoutTheValuesOfTheQuery) {
  const std::string text = Url::Parse("https://cdn/x?Signature=topsecret&n=2").ToString();
  EXPECT_EQ(text, "https://cdn/x?Signature=****&n=****");
}

TEST(Headers, RefusesInjection) {
  Headers headers;
  EXPECT_THROW(headers.Add("X", "a\r\nAuthorization: b"), Error);
  EXPECT_THROW(headers.Add("X\n", "a"), Error);
  EXPECT_THROW(headers.Add("X", std::string_view("a\0b", 3)), Error);
  EXPECT_THROW(headers.Add("", "a"), Error);
}

TEST(Headers, NamesIgnoreCase) {
  Headers headers;
  headers.Add("Link", "a");
  headers.Add("link", "b");
  EXPECT_EQ(headers.Get("LINK"), "a");
  EXPECT_THAT(headers.GetAll("Link"), ElementsAre("a", "b"));
  headers.Set("LINK", "c");
  EXPECT_THAT(headers.GetAll("Link"), ElementsAre("c"));
}

TEST(AnswerHead, ForgetsInterimAnswersAndTrailers) {
  AnswerHead head;
  for (const char* line : {"HTTP/1.1 100 Continue\r\n", "X: interim\r\n", "\r\n"}) {
    head.TakeLine(line);
  }
  EXPECT_FALSE(head.complete());
  EXPECT_TRUE(head.saw_continue());
  for (const char* line : {"HTTP/2 202 \r\n", "Location:  /x \r\n", "\r\n", "Trailer: y\r\n"}) {
    head.TakeLine(line);
  }
  EXPECT_TRUE(head.complete());
  EXPECT_EQ(head.status(), 202);
  const Headers headers = head.TakeHeaders();
  EXPECT_EQ(headers.Get("location"), "/x");
  EXPECT_EQ(headers.all().size(), 1u);
}

struct AddressCase {
  const char* host;
  AddressClass kind;
};

class ClassifyHostTest : public ::testing::TestWithParam<AddressCase> {};

TEST_P(ClassifyHostTest, Row28SpellingsOfAddresses) {
  EXPECT_EQ(ClassifyHost(GetParam().host), GetParam().kind) << GetParam().host;
}

INSTANTIATE_TEST_SUITE_P(
    Hosts, ClassifyHostTest,
    ::testing::Values(AddressCase{"localhost", AddressClass::kLoopback},
                      AddressCase{"LOCALHOST.", AddressClass::kLoopback},
                      AddressCase{"x.localhost", AddressClass::kLoopback},
                      AddressCase{"127.8.9.1", AddressClass::kLoopback},
                      AddressCase{"2130706433", AddressClass::kLoopback},
                      AddressCase{"0x7f.1", AddressClass::kLoopback},
                      AddressCase{"0.0.0.0", AddressClass::kLoopback},
                      AddressCase{"::1", AddressClass::kLoopback},
                      AddressCase{"::", AddressClass::kLoopback},
                      AddressCase{"::ffff:127.0.0.1", AddressClass::kLoopback},
                      AddressCase{"169.254.169.254", AddressClass::kLinkLocal},
                      AddressCase{"::ffff:169.254.169.254", AddressClass::kLinkLocal},
                      AddressCase{"64:ff9b::a9fe:a9fe", AddressClass::kLinkLocal},
                      AddressCase{"fe80::1", AddressClass::kLinkLocal},
                      AddressCase{"10.1.2.3", AddressClass::kPrivate},
                      AddressCase{"172.31.0.1", AddressClass::kPrivate},
                      AddressCase{"172.32.0.1", AddressClass::kPublic},
                      AddressCase{"192.168.0.1", AddressClass::kPrivate},
                      AddressCase{"100.64.0.1", AddressClass::kPrivate},
                      AddressCase{"fd00::1", AddressClass::kPrivate},
                      AddressCase{"8.8.8.8", AddressClass::kPublic},
                      AddressCase{"2001:db8::1", AddressClass::kPublic},
                      AddressCase{"registry.example", AddressClass::kUnknown}));

struct ChoiceCase {
  const char* from;
  AddressClass peer;
  const char* to;
  bool allowed;
};

class ServerChoiceTest : public ::testing::TestWithParam<ChoiceCase> {};

TEST_P(ServerChoiceTest, Row5And6WhereAServerMaySendUs) {
  const ChoiceCase& choice = GetParam();
  const auto check = [&] {
    CheckServerChoice(Url::Parse(choice.from), choice.peer, Url::Parse(choice.to), "redirect");
  };
  if (choice.allowed) {
    EXPECT_NO_THROW(check()) << choice.from << " to " << choice.to;
  } else {
    EXPECT_THROW(check(), Error) << choice.from << " to " << choice.to;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Choices, ServerChoiceTest,
    ::testing::Values(
        ChoiceCase{"https://r.example/", AddressClass::kPublic, "https://cdn.example/", true},
        ChoiceCase{"https://r.example/", AddressClass::kPublic, "http://cdn.example/", false},
        ChoiceCase{"https://r.example/", AddressClass::kPublic, "https://127.0.0.1/", false},
        ChoiceCase{"https://r.example/", AddressClass::kPublic, "https://10.0.0.1/", false},
        ChoiceCase{"https://r.example/", AddressClass::kUnknown, "https://10.0.0.1/", false},
        ChoiceCase{"https://r.example/", AddressClass::kPrivate, "https://10.0.0.1/", true},
        ChoiceCase{"https://10.0.0.1/", AddressClass::kUnknown, "https://10.0.0.2/", true},
        ChoiceCase{"http://localhost:5000/", AddressClass::kUnknown, "http://127.0.0.1:1/", true},
        ChoiceCase{"http://localhost:5000/", AddressClass::kUnknown, "https://localhost:1/", true},
        ChoiceCase{"http://localhost/", AddressClass::kUnknown, "http://169.254.169.254/", false},
        ChoiceCase{"http://10.0.0.1/", AddressClass::kPrivate, "http://169.254.169.254/", false},
        ChoiceCase{"https://r.example/", AddressClass::kPublic, "https://2852039166/", false}));

TEST(ServerChoice, NamesAreCheckedAgainWhenConnected) {
  const Url from = Url::Parse("https://r.example/");
  const Url to = Url::Parse("https://internal.example/");
  const PeerRule rule = CheckServerChoice(from, AddressClass::kPublic, to, "redirect");
  EXPECT_EQ(rule, PeerRule::kPublicOnly);
  EXPECT_FALSE(Allows(rule, AddressClass::kPrivate));
  EXPECT_FALSE(Allows(rule, AddressClass::kLoopback));
  EXPECT_TRUE(Allows(rule, AddressClass::kPublic));
}

TEST(Proxy, ChoosesByScheme) {
  const ProxySettings settings{"http://sp:1", "http://pp:1", ""};
  EXPECT_EQ(ChooseProxy(settings, Url::Parse("https://r/")), "http://sp:1");
  EXPECT_EQ(ChooseProxy(settings, Url::Parse("http://r/")), "http://pp:1");
  EXPECT_EQ(ChooseProxy({}, Url::Parse("https://r/")), std::nullopt);
}

TEST(Proxy, LoopbackGoesDirectly) {
  const ProxySettings settings{"http://p:1", "http://p:1", ""};
  for (const char* url : {"https://localhost:5000/", "http://127.0.0.1/", "http://[::1]:5000/"}) {
    EXPECT_EQ(ChooseProxy(settings, Url::Parse(url)), std::nullopt) << url;
  }
}

TEST(Proxy, NoProxyEntries) {
  const Origin origin{Scheme::kHttps, "a.r.example", 5000};
  const Origin address{Scheme::kHttps, "10.1.2.3", 443};
  const Origin v6{Scheme::kHttps, "fd00::12", 443};
  for (const char* entry :
       {"*", "r.example", ".r.example", "*.r.example", " A.R.Example ", "a.r.example:5000"}) {
    EXPECT_TRUE(MatchesNoProxyEntry(entry, origin)) << entry;
  }
  for (const char* entry :
       {"", "example2", "b.r.example", ".example.", "r.example:443", "xample"}) {
    EXPECT_FALSE(MatchesNoProxyEntry(entry, origin)) << entry;
  }
  EXPECT_TRUE(MatchesNoProxyEntry("10.0.0.0/8", address));
  EXPECT_TRUE(MatchesNoProxyEntry("10.1.2.0/23", address));
  EXPECT_FALSE(MatchesNoProxyEntry("10.1.4.0/23", address));
  EXPECT_FALSE(MatchesNoProxyEntry("10.0.0.0/99", address));
  EXPECT_TRUE(MatchesNoProxyEntry("fd00::/8", v6));
  EXPECT_TRUE(MatchesNoProxyEntry("[fd00::12]:443", v6));
}

HttpResponse AnswerOf(int status, bool redirected = false) {
  HttpResponse response(Url::Parse("https://r/"));
  response.status = status;
  response.redirected = redirected;
  return response;
}

TEST(Retry, ClassifiesAnswers) {
  for (const int status : {408, 425, 499, 500, 502, 503, 504, 520, 524}) {
    EXPECT_EQ(Classify(AnswerOf(status)), AnswerClass::kTransient) << status;
  }
  for (const int status : {200, 201, 400, 401, 403, 404, 405, 409, 413, 415, 416, 422, 501}) {
    EXPECT_EQ(Classify(AnswerOf(status)), AnswerClass::kFinal) << status;
  }
  EXPECT_EQ(Classify(AnswerOf(429)), AnswerClass::kThrottled);
  EXPECT_EQ(Classify(AnswerOf(403, true)), AnswerClass::kTransient);
  HttpResponse busy = AnswerOf(503);
  busy.headers.Add("Retry-After", "2");
  EXPECT_EQ(Classify(busy), AnswerClass::kThrottled);
}

TEST(Retry, ReadsRetryAfter) {
  Headers headers;
  EXPECT_EQ(RetryAfter(headers, {}), std::nullopt);
  headers.Set("Retry-After", "120");
  EXPECT_EQ(RetryAfter(headers, {}), Milliseconds(120'000));
  headers.Set("Retry-After", "Thu, 01 Jan 1970 00:01:40 GMT");
  EXPECT_EQ(RetryAfter(headers, {70, 0}), Milliseconds(30'000));
  EXPECT_EQ(RetryAfter(headers, {170, 0}), Milliseconds(0));
  headers.Set("Retry-After", "soon");
  EXPECT_EQ(RetryAfter(headers, {}), std::nullopt);
  headers.Set("Retry-After", "99999999999999999999");
  EXPECT_EQ(RetryAfter(headers, {}), std::nullopt);
}

TEST(Retry, DelaysDoubleUpToALimit) {
  const RetrySettings settings;
  EXPECT_EQ(DelayAfter(1, settings, 0.5), Milliseconds(500));
  EXPECT_EQ(DelayAfter(2, settings, 0.5), Milliseconds(1000));
  EXPECT_EQ(DelayAfter(4, settings, 0.5), Milliseconds(4000));
  EXPECT_EQ(DelayAfter(60, settings, 0.5), Milliseconds(30'000));
  EXPECT_EQ(DelayAfter(1, settings, 0.0), Milliseconds(250));
}

TEST(Retry, WaitsAreToldInTheUnitThatFits) {
  EXPECT_EQ(WaitText(Milliseconds(900)), "1 s");
  EXPECT_EQ(WaitText(Milliseconds(119'000)), "119 s");
  EXPECT_EQ(WaitText(Milliseconds(121'000)), "3 min");
  EXPECT_EQ(WaitText(Milliseconds(86'400'000)), "24 h");
}

TEST(Retry, NamesOfFaultsThatStay) {
  EXPECT_FALSE(NetworkError(NetworkFault::kCertificate, "x").Transient());
  EXPECT_FALSE(NetworkError(NetworkFault::kNotTls, "x").Transient());
  EXPECT_TRUE(NetworkError(NetworkFault::kBroken, "x").Transient());
}

TEST(StallWatch, FewBytesInAWindowAreAStall) {
  StallWatch watch(1000, seconds(30));
  EXPECT_FALSE(watch.Stalled(seconds(29), 0));
  EXPECT_FALSE(watch.Stalled(seconds(0), 1000));
  EXPECT_FALSE(watch.Stalled(seconds(20), 10));
  EXPECT_TRUE(watch.Stalled(seconds(10), 10));
}

TEST(Message, ContentTypeWithoutParameters) {
  Headers headers;
  headers.Add("Content-Type", " Application/JSON ; charset=utf-8");
  EXPECT_EQ(ContentType(headers), "application/json");
}

}  // namespace
}  // namespace ibuild::registry
