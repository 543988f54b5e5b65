// The pure parts of auth/: challenges, scopes, tokens, credential files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/auth/auth_file.h"
#include "registry/auth/challenge.h"
#include "registry/auth/docker_config.h"
#include "registry/auth/scope.h"
#include "registry/auth/stored_credentials.h"
#include "registry/auth/token.h"
#include "support/base64.h"
#include "support/error.h"
#include "support/files.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> SchemesOf(const std::vector<Challenge>& challenges) {
  std::vector<std::string> schemes;
  for (const Challenge& challenge : challenges) schemes.push_back(challenge.scheme);
  return schemes;
}

TEST(Challenge, ReadsQuotedValuesWithCommasAndBlanks) {
  const auto challenges = ParseChallenges(
      {R"(Bearer realm="https://auth/token",service="r",scope="repository:a/b:pull,push x:y:z")"});
  ASSERT_EQ(challenges.size(), 1u);
  EXPECT_EQ(challenges[0].scheme, "bearer");
  EXPECT_EQ(challenges[0].Parameter("realm"), "https://auth/token");
  EXPECT_EQ(challenges[0].Parameter("scope"), "repository:a/b:pull,push x:y:z");
  EXPECT_EQ(challenges[0].Parameter("error"), "");
}

TEST(Challenge, Row26SeveralInOneValue) {
  const auto challenges =
      ParseChallenges({R"(Negotiate, Bearer realm="https://a/t",service=s, Basic realm="x")"});
  EXPECT_THAT(SchemesOf(challenges), ElementsAre("negotiate", "bearer", "basic"));
  EXPECT_EQ(challenges[1].Parameter("service"), "s");
}

TEST(Challenge, Row25And27SeveralValuesBearerPreferred) {
  const auto usable = UsableChallenges(ParseChallenges(
      {"Negotiate YWJj==", R"(Basic realm="x")", R"(BEARER Realm = "https://a/t")"}));
  EXPECT_THAT(SchemesOf(usable), ElementsAre("bearer", "basic"));
}

TEST(Challenge, EscapesInQuotedValues) {
  const auto challenges = ParseChallenges({R"(Basic realm="a\"b\\c, Bearer realm=x")"});
  ASSERT_EQ(challenges.size(), 1u);
  EXPECT_EQ(challenges[0].Parameter("realm"), R"(a"b\c, Bearer realm=x)");
}

TEST(Challenge, Row7UnknownSchemeIsNotUsable) {
  EXPECT_TRUE(UsableChallenges(ParseChallenges({"Negotiate", "Digest realm=x"})).empty());
  EXPECT_TRUE(UsableChallenges(ParseChallenges({"Bearer service=x"})).empty()) << "no realm";
}

TEST(Challenge, SurvivesGarbage) {
  for (const char* text : {"", ",", "=", "\"", "Bearer realm=\"", "a=b=c", "Bearer ,,, =x",
                           "Bearer realm", "\xff\xfe", "Basic realm=\"\\"}) {
    EXPECT_LE(ParseChallenges({text}).size(), 2u) << text;
  }
}

TEST(Scope, NamesMayHoldColons) {
  const auto scope = Scope::Parse("repository:host:5000/a:push,pull");
  ASSERT_TRUE(scope);
  EXPECT_EQ(scope->name, "host:5000/a");
  EXPECT_EQ(scope->ToString(), "repository:host:5000/a:pull,push");
  EXPECT_FALSE(Scope::Parse("repository"));
  EXPECT_FALSE(Scope::Parse("repository:x"));
}

TEST(Scope, SetsAreCanonicalTheWrittenOneFirst) {
  const ScopeSet scopes({Scope::ForRepository("a/source", {"pull"}),
                         Scope::ForRepository("z/target", {"push"}),
                         Scope::ForRepository("z/target", {"pull"})});
  EXPECT_THAT(scopes.ToStrings(),
              ElementsAre("repository:z/target:pull,push", "repository:a/source:pull"));
  EXPECT_EQ(scopes.PrimaryRepository(), "z/target");
  EXPECT_TRUE(scopes.Covers(ScopeSet({Scope::ForRepository("z/target", {"pull"})})));
  EXPECT_FALSE(scopes.Covers(ScopeSet({Scope::ForRepository("a/source", {"push"})})));
}

TEST(Token, AnswerForms) {
  const SteadyTime now{};
  EXPECT_EQ(ParseTokenAnswer(R"({"token":"t","expires_in":300})", "x", now).value.Reveal(), "t");
  EXPECT_EQ(ParseTokenAnswer(R"({"access_token":"a","token":"t"})", "x", now).value.Reveal(), "a");
  EXPECT_EQ(ParseTokenAnswer(R"({"token":"t"})", "x", now).lifetime, seconds(60));
  EXPECT_EQ(ParseTokenAnswer(R"({"token":"t","expires_in":0})", "x", now).lifetime, seconds(60));
  EXPECT_EQ(ParseTokenAnswer(R"({"token":"t","expires_in":5})", "x", now).lifetime, seconds(5));
  // As some servers write it; what is no number says nothing.
  for (const auto& [text, lifetime] :
       std::vector<std::pair<std::string, int>>{{"\"300\"", 300},
                                                {"3e2", 300},
                                                {"300.5", 300},
                                                {"null", 60},
                                                {"\"soon\"", 60},
                                                {"-5", 60},
                                                {"1e300", 86'400},
                                                {"18446744073709551615", 86'400}}) {
    const std::string answer = R"({"token":"t","expires_in":)" + text + "}";
    EXPECT_EQ(ParseTokenAnswer(answer, "x", now).lifetime, seconds(lifetime)) << text;
  }
  EXPECT_THROW(ParseTokenAnswer("{}", "x", now), Error);
  EXPECT_THROW(ParseTokenAnswer("<html>", "x", now), Error);
  EXPECT_THROW(ParseTokenAnswer(R"({"token":7})", "x", now), Error);
  EXPECT_THROW(ParseTokenAnswer(R"({"token":")" + std::string(70'000, 'x') + "\"}", "x", now),
               Error);
}

TEST(Token, IsRenewedBeforeItDies) {
  const SteadyTime now{};
  const Token token{Secret("t"), now, seconds(300)};
  EXPECT_TRUE(token.Fresh(now + seconds(260)));
  EXPECT_FALSE(token.Fresh(now + seconds(275)));
  const Token brief{Secret("t"), now, seconds(4)};
  EXPECT_TRUE(brief.Fresh(now + seconds(1)));
  EXPECT_FALSE(brief.Fresh(now + seconds(3)));
}

TEST(TokenCache, FetchesOnceAndAgainWhenRefused) {
  TokenCache cache;
  int fetched = 0;
  const auto fetch = [&] {
    return Token{Secret("token " + std::to_string(++fetched)), std::chrono::steady_clock::now(),
                 seconds(300)};
  };
  EXPECT_EQ(cache.Get("k", {}, fetch).Reveal(), "token 1");
  EXPECT_EQ(cache.Get("k", {}, fetch).Reveal(), "token 1");
  EXPECT_EQ(cache.Get("k", Secret("token 1"), fetch).Reveal(), "token 2");
  EXPECT_EQ(cache.Get("k", Secret("token 1"), fetch).Reveal(), "token 2");
  EXPECT_EQ(cache.Get("other", {}, fetch).Reveal(), "token 3");
}

TEST(Base64, RoundTripAndGarbage) {
  for (const char* text : {"", "a", "ab", "abc", "user:pass\xff"}) {
    EXPECT_EQ(DecodeBase64(EncodeBase64(text)), text);
  }
  EXPECT_EQ(EncodeBase64("Man and"), "TWFuIGFuZA==");
  EXPECT_EQ(DecodeBase64("TWFuIGFuZA"), "Man and");
  EXPECT_EQ(DecodeBase64("a*b"), std::nullopt);
}

oci::RegistryHost HostNamed(const char* name) { return oci::RegistryHost::Parse(name); }

std::string Entry(const std::string& pair) { return R"({"auth":")" + EncodeBase64(pair) + "\"}"; }

TEST(DockerConfig, LongestPathWins) {
  const auto config =
      DockerConfig::Parse(R"({"auths":{"r.example":)" + Entry("host:1") + R"(,"r.example/team":)" +
                              Entry("team:2") + R"(,"r.example/team/app":)" + Entry("app:3") + "}}",
                          "f");
  const auto user = [&](const char* path) {
    return config.Find(HostNamed("r.example"), path).credential->username;
  };
  EXPECT_EQ(user("team/app/x"), "app");
  EXPECT_EQ(user("team/other"), "team");
  EXPECT_EQ(user("teams/x"), "host");
  EXPECT_EQ(user(""), "host");
  EXPECT_FALSE(config.Find(HostNamed("r.example:5000"), "").credential) << "the port is identity";
}

TEST(DockerConfig, DockerHubHasManyNames) {
  for (const char* key : {"https://index.docker.io/v1/", "docker.io", "index.docker.io",
                          "registry-1.docker.io", "https://registry-1.docker.io"}) {
    const auto config =
        DockerConfig::Parse(std::string(R"({"auths":{")") + key + "\":" + Entry("u:p") + "}}", "f");
    EXPECT_TRUE(config.Find(HostNamed("docker.io"), "library/x").credential) << key;
  }
}

TEST(DockerConfig, EntryForms) {
  const auto find = [](const std::string& entry) {
    return *DockerConfig::Parse(R"({"auths":{"r.example":)" + entry + "}}", "f")
                .Find(HostNamed("r.example"), "")
                .credential;
  };
  EXPECT_EQ(find(Entry("u:p:q")).password.Reveal(), "p:q");
  EXPECT_EQ(find(Entry(std::string("u:p\0\0", 5))).password.Reveal(), "p");
  EXPECT_EQ(find(R"({"username":"n","password":"w","auth":"dTpw"})").username, "n");
  EXPECT_EQ(find(R"({"identitytoken":"i"})").identity_token.Reveal(), "i");
  EXPECT_EQ(find(R"({"registrytoken":"r"})").registry_token.Reveal(), "r");
  EXPECT_EQ(find(Entry("u:p")).source, "f");
}

TEST(DockerConfig, EmptyEntryAsksTheStoreFullOneDoesNot) {
  const auto config = DockerConfig::Parse(
      R"({"credsStore":"pass","auths":{"a.example":{},"b.example":)" + Entry("u:p") + "}}", "f");
  EXPECT_EQ(config.Find(HostNamed("a.example"), "").helper, "pass");
  EXPECT_EQ(config.Find(HostNamed("b.example"), "").helper, "");
  EXPECT_TRUE(config.Find(HostNamed("b.example"), "").credential);
}

TEST(DockerConfig, HelperOfTheHostComesFirst) {
  const auto config =
      DockerConfig::Parse(R"({"credsStore":"pass","credHelpers":{"a.example":"ecr-login"}})", "f");
  EXPECT_EQ(config.Find(HostNamed("a.example"), "x").helper, "ecr-login");
  EXPECT_EQ(config.HelperFor(HostNamed("b.example")), "pass");
}

TEST(DockerConfig, Row18HelperNamesAreChecked) {
  for (const char* name : {"../../tmp/x", "x;rm", "a b", "$(x)"}) {
    const std::string text = std::string(R"({"credsStore":")") + name + "\"}";
    const auto config = DockerConfig::Parse(text, "f");
    EXPECT_THROW(config.Find(HostNamed("r.example"), ""), Error) << name;
    EXPECT_THROW(config.HelperFor(HostNamed("r.example")), Error) << name;
  }
}

TEST(DockerConfig, Row19ControlCharactersInAUserNameAreRefused) {
  const auto config = DockerConfig::Parse(
      R"({"auths":{"r":)" + Entry("u\r\nX: y:p") + R"(,"s":)" + Entry("u:p") + "}}", "f");
  EXPECT_THROW(config.Find(HostNamed("r"), ""), Error);
  EXPECT_TRUE(config.Find(HostNamed("s"), "").credential);
}

TEST(DockerConfig, ErrorsNameTheFileAndNoSecret) {
  try {
    DockerConfig::Parse(R"({"auths":{"r.example":{"auth":"!secret!"}}})", "/home/u/config.json")
        .Find(HostNamed("r.example"), "");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/home/u/config.json"));
    EXPECT_THAT(error.what(), Not(HasSubstr("!secret!")));
  }
  EXPECT_NO_THROW(DockerConfig::Parse("", "f"));
  EXPECT_THROW(DockerConfig::Parse("[]", "f"), Error);
}

TEST(DockerConfig, LegacyFileIsTheMapItself) {
  const auto config =
      DockerConfig::Parse(R"({"https://index.docker.io/v1/":)" + Entry("u:p") + "}", "f", true);
  EXPECT_TRUE(config.Find(HostNamed("docker.io"), "").credential);
}

TEST(AuthFile, KeepsUnknownKeysAndTheirOrder) {
  bool replaced = true;
  const std::string text = SetAuthEntry(
      R"({"psFormat":"x","auths":{"z.example":{"auth":"eDp5","extra":1}},"HttpHeaders":{"A":"b"}})",
      HostNamed("a.example"), {"dTpw"}, replaced);
  EXPECT_FALSE(replaced);
  EXPECT_EQ(text, R"({
  "psFormat": "x",
  "auths": {
    "z.example": {
      "auth": "eDp5",
      "extra": 1
    },
    "a.example": {
      "auth": "dTpw"
    }
  },
  "HttpHeaders": {
    "A": "b"
  }
}
)");
}

TEST(AuthFile, DockerHubIsStoredUnderDockersKey) {
  bool replaced = false;
  const std::string text = SetAuthEntry("", HostNamed("docker.io"), {"dTpw"}, replaced);
  EXPECT_THAT(text, HasSubstr("https://index.docker.io/v1/"));
  SetAuthEntry(text, HostNamed("docker.io"), {"dTpx"}, replaced);
  EXPECT_TRUE(replaced);
}

TEST(AuthFile, RemovesAllSpellingsOfAHostAndNoOther) {
  bool removed = false;
  const std::string text = RemoveAuthEntries(
      R"({"auths":{"https://index.docker.io/v1/":{},"docker.io":{},"docker.io/team":{},"r.example":{}}})",
      HostNamed("docker.io"), removed);
  EXPECT_TRUE(removed);
  EXPECT_THAT(text, Not(HasSubstr("index.docker.io")));
  EXPECT_THAT(text, HasSubstr("docker.io/team"));
  EXPECT_THAT(text, HasSubstr("r.example"));
  RemoveAuthEntries(text, HostNamed("docker.io"), removed);
  EXPECT_FALSE(removed);
}

TEST(AuthFile, WhatIsNoneIsNamedWithWhatToDo) {
  const TempDir home(std::filesystem::temp_directory_path());
  const std::filesystem::path file = home.path() / "config.json";
  for (const char* text : {"[1]", "{"}) {
    WriteFileAtomically(file, text);
    const auto expect = [&](const auto& edit) {
      const Error error = ErrorOf([&] { edit(AuthFile::Open(file)); });
      EXPECT_THAT(error.what(), HasSubstr(file.string())) << text;
      EXPECT_THAT(error.hint(), HasSubstr("move it away")) << text;
    };
    expect([](AuthFile opened) { opened.RemoveAll(); });
    expect([](AuthFile opened) { opened.Remove(HostNamed("r.example"), ""); });
    expect([](AuthFile opened) { opened.Set(HostNamed("r.example"), "", {}, false); });
    expect([](const AuthFile& opened) { opened.HelperFor(HostNamed("r.example")); });
  }
}

TEST(AuthFile, AVariableIsNoFileToMoveAway) {
  CredentialSettings settings;
  settings.inline_config = "{";
  const Error error =
      ErrorOf([&] { StoredCredentials(settings).Find(HostNamed("r.example"), ""); });
  EXPECT_THAT(error.what(), HasSubstr("DOCKER_AUTH_CONFIG"));
  EXPECT_THAT(error.hint(), HasSubstr("unset it"));
}

TEST(AuthFile, NotAnObjectIsAnError) {
  bool replaced = false;
  EXPECT_THROW(SetAuthEntry("[1]", HostNamed("r.example"), {"x"}, replaced), Error);
  EXPECT_THROW(SetAuthEntry("{", HostNamed("r.example"), {"x"}, replaced), Error);
}

}  // namespace
}  // namespace ibuild::registry
