// Authentication against a registry that demands it: tokens, passwords, odd challenges, and where
// credentials must not go.
#include "registry/client/manifests.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using fakes::AnswerWith;
using fakes::AuthKind;
using fakes::FakeResponse;
using fakes::InProcessRegistry;
using fakes::TamperWith;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class AuthFlow : public ::testing::Test {
 protected:
  void Start(fakes::RegistryBehaviour behaviour) {
    if (behaviour.users.empty()) behaviour.users = {{"me", "pass:word"}};
    registry_ = std::make_unique<InProcessRegistry>(std::move(behaviour));
    registry_->WithModel(
        [&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  }

  void PullAs(RegistrySettings settings) {
    RegistryClient client(std::move(settings), reporter_);
    fakes::MemoryStore store;
    PullInto(store, client, registry_->Name("a/b:1"), &reporter_);
    EXPECT_EQ(store.size(), image_.bytes.size());
  }
  void Pull() { PullAs(SettingsWith("me", "pass:word")); }

  void ChallengeWith(const fakes::HeaderList& challenges) {
    registry_->Inject(
        {"GET", "/manifests/", 1, AnswerWith({.status = 401, .headers = challenges})});
  }

  static RegistrySettings WithIdentityToken() {
    RegistrySettings settings = SettingsWith("me", "pass:word");
    settings.credentials.given->identity_token = Secret("refresh-me");
    return settings;
  }

  fakes::SampleImage image_ = fakes::MakeSampleImage({Noise(50'000)});
  std::unique_ptr<InProcessRegistry> registry_;
  RecordingReporter reporter_;
};

TEST_F(AuthFlow, OneTokenServesAWholePull) {
  Start({.auth = AuthKind::kToken});
  Pull();
  EXPECT_EQ(registry_->CountRequests("GET /token"), 1u);
  EXPECT_THAT(registry_->HeadersSeen("GET /v2/a/b/blobs", "Authorization"), Each("Bearer token-1"));
}

TEST_F(AuthFlow, AnonymousTokensAreFetchedWithoutAPassword) {
  Start({.auth = AuthKind::kToken, .anonymous_pull = true});
  PullAs(ImpatientSettings());
  EXPECT_THAT(registry_->HeadersSeen("GET /token", "Authorization"), ElementsAre(""));
}

TEST_F(AuthFlow, BasicIsShownFromTheSecondRequestOn) {
  Start({.auth = AuthKind::kBasic});
  Pull();
  EXPECT_EQ(registry_->CountRequests("GET /v2/a/b/manifests/"), 2u);
  EXPECT_EQ(registry_->CountRequests("GET /v2/a/b/blobs/"), 2u);
}

TEST_F(AuthFlow, Row20FailingTokenServerIsRetried) {
  Start({.auth = AuthKind::kToken});
  registry_->Inject({"GET", "/token", 2, AnswerWith(500)});
  Pull();
}

TEST_F(AuthFlow, Row21TokenThatLivesForTwoRequestsIsRenewed) {
  Start({.auth = AuthKind::kToken, .token_uses = 2});
  RegistrySettings settings = SettingsWith("me", "pass:word");
  settings.jobs = 1;
  PullAs(settings);
  EXPECT_GE(registry_->CountRequests("GET /token"), 2u);
}

// Every request of every thread is refused first, and none of them gives up or goes round for ever.
TEST_F(AuthFlow, TokensOfOneUseServeManyLayersAtOnce) {
  std::vector<std::string> layers;
  for (unsigned i = 0; i < 8; ++i) layers.push_back(Noise(50'000, i + 1));
  const fakes::SampleImage image = fakes::MakeSampleImage(layers);
  InProcessRegistry guarded(
      {.auth = fakes::AuthKind::kToken, .users = {{"me", "pw"}}, .token_uses = 1});
  RegistryClient client(SettingsWith("me", "pw"), reporter_);
  EXPECT_EQ(PushSample(image, client, guarded.Name("a/b:1")).sent, image.layers.size() + 1);
  RegistryClient other(SettingsWith("me", "pw"), reporter_);
  fakes::MemoryStore store;
  EXPECT_EQ(PullInto(store, other, guarded.Name("a/b:1")).root.digest, image.manifest.digest);
}

TEST_F(AuthFlow, Row22TokenThatDiesBeforeItsTimeIsRenewed) {
  Start({.auth = AuthKind::kToken, .token_uses = 1, .expires_in = 3600});
  RegistrySettings settings = SettingsWith("me", "pass:word");
  settings.jobs = 1;
  PullAs(settings);
}

TEST_F(AuthFlow, Row23TokenAnswersWithoutExpiryOrOnlyWithAccessToken) {
  Start({.auth = AuthKind::kToken, .expires_in = std::nullopt, .token_field = "access_token"});
  Pull();
}

TEST_F(AuthFlow, IdentityTokenIsExchangedByPost) {
  Start({.auth = AuthKind::kToken});
  PullAs(WithIdentityToken());
  EXPECT_EQ(registry_->CountRequests("POST /token"), 1u);
  EXPECT_EQ(registry_->CountRequests("GET /token"), 0u);
}

TEST_F(AuthFlow, Row24ServerWithoutPostGetsTheGetForm) {
  for (const int status : {404, 405}) {
    Start({.auth = AuthKind::kToken});
    registry_->Inject({"POST", "/token", -1, AnswerWith(status)});
    PullAs(WithIdentityToken());
    EXPECT_EQ(registry_->CountRequests("GET /token"), 1u);
  }
}

TEST_F(AuthFlow, RegistryTokenIsSentAsItIs) {
  Start({.auth = AuthKind::kNone});
  ChallengeWith({{"WWW-Authenticate", "Bearer realm=\"/token\""}});
  RegistrySettings settings = SettingsWith("me", "x");
  settings.credentials.given->registry_token = Secret("ready-made");
  PullAs(settings);
  EXPECT_EQ(registry_->HeadersSeen("GET /v2/a/b/manifests", "Authorization").back(),
            "Bearer ready-made");
  EXPECT_EQ(registry_->CountRequests("GET /token"), 0u);
}

TEST_F(AuthFlow, Row25SeveralChallengeLines) {
  Start({.auth = AuthKind::kToken});
  ChallengeWith({{"WWW-Authenticate", "Negotiate"},
                 {"WWW-Authenticate", "Bearer realm=\"/token\",service=\"test\""}});
  Pull();
}

TEST_F(AuthFlow, Row26SeveralChallengesInOneLine) {
  Start({.auth = AuthKind::kToken});
  ChallengeWith({{"WWW-Authenticate", "Negotiate, Bearer realm=\"/token\",service=\"test\""}});
  Pull();
}

TEST_F(AuthFlow, Row27BearerIsPreferredToBasic) {
  Start({.auth = AuthKind::kToken});
  ChallengeWith({{"WWW-Authenticate", "Basic realm=\"x\""},
                 {"WWW-Authenticate", "Bearer realm=\"/token\",service=\"test\""}});
  Pull();
  EXPECT_THAT(registry_->HeadersSeen("GET /v2/", "Authorization"), Each(Not(HasSubstr("Basic"))));
}

TEST_F(AuthFlow, Row7PasswordIsNotSentForAnUnknownScheme) {
  Start({.auth = AuthKind::kNone});
  registry_->Inject({"GET", "/manifests/", -1,
                     AnswerWith({.status = 401, .headers = {{"WWW-Authenticate", "Negotiate"}}})});
  const Error error = ErrorOf([&] { Pull(); });
  EXPECT_EQ(error.kind(), ErrorKind::kUnauthorized);
  EXPECT_THAT(registry_->HeadersSeen("", "Authorization"), Each(""));
}

TEST_F(AuthFlow, ChallengeOfTheRootIsUsedWhenThereIsNone) {
  Start({.auth = AuthKind::kToken});
  registry_->Inject({"GET", "/manifests/", 1, AnswerWith(401)});
  Pull();
  EXPECT_EQ(registry_->CountRequests("GET /v2/"), 1u + registry_->CountRequests("GET /v2/a"));
}

TEST_F(AuthFlow, Row30NoPingIsNeeded) {
  Start({.auth = AuthKind::kToken});
  registry_->Inject({"GET", "/v2/", 0, AnswerWith(503)});
  Pull();
  EXPECT_EQ(registry_->CountRequests("GET /v2/"), registry_->CountRequests("GET /v2/a"));
}

TEST_F(AuthFlow, ForbiddenIsFinal) {
  Start({.auth = AuthKind::kToken});
  registry_->Inject({"GET", "/manifests/", -1, AnswerWith(403)});
  EXPECT_EQ(ErrorOf([&] { Pull(); }).kind(), ErrorKind::kPermissionDenied);
  EXPECT_EQ(registry_->CountRequests("GET /v2/a/b/manifests"), 1u);
}

TEST_F(AuthFlow, WrongPasswordNamesItsSource) {
  Start({.auth = AuthKind::kToken});
  const Error error = ErrorOf([&] { PullAs(SettingsWith("me", "wrong")); });
  EXPECT_EQ(error.kind(), ErrorKind::kUnauthorized);
  EXPECT_THAT(error.what(), HasSubstr("the test"));
  EXPECT_THAT(error.what(), HasSubstr("who are you?"));
  EXPECT_THAT(error.what(), Not(HasSubstr("wrong")));
  EXPECT_THAT(error.hint(), HasSubstr("ibuild login " + registry_->Host()));
}

TEST_F(AuthFlow, Row5RealmOnALinkLocalAddressIsRefused) {
  Start({.auth = AuthKind::kNone});
  ChallengeWith({{"WWW-Authenticate", "Bearer realm=\"http://169.254.169.254/latest\""}});
  const Error error = ErrorOf([&] { Pull(); });
  EXPECT_EQ(error.kind(), ErrorKind::kPermissionDenied);
  EXPECT_THAT(error.what(), HasSubstr("169.254.169.254"));
}

TEST_F(AuthFlow, RealmWithoutMeaningIsAnError) {
  Start({.auth = AuthKind::kNone});
  ChallengeWith({{"WWW-Authenticate", "Bearer realm=\"gopher://x\""}});
  EXPECT_EQ(ErrorOf([&] { Pull(); }).kind(), ErrorKind::kInvalidInput);
}

TEST_F(AuthFlow, Row1TokenDoesNotFollowARedirect) {
  Start({.auth = AuthKind::kToken});
  InProcessRegistry other;
  other.WithModel([&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  const std::string path = "/v2/a/b/blobs/" + image_.layers[0].digest.ToString();
  registry_->Inject(
      {"GET", image_.layers[0].digest.hex(), -1,
       AnswerWith({.status = 307, .headers = {{"Location", "http://" + other.Host() + path}}})});
  Pull();
  EXPECT_THAT(other.HeadersSeen("GET ", "Authorization"), ElementsAre(""));
}

TEST_F(AuthFlow, RedirectingRealmGetsNoPasswordElsewhere) {
  Start({.auth = AuthKind::kToken});
  InProcessRegistry other;
  registry_->Inject(
      {"GET", "/token", -1,
       AnswerWith({.status = 302, .headers = {{"Location", "http://" + other.Name("token")}}})});
  ErrorOf([&] { Pull(); });
  EXPECT_THAT(other.HeadersSeen("GET ", "Authorization"), Each(""));
}

TEST_F(AuthFlow, Row16NothingSecretIsLogged) {
  Start({.auth = AuthKind::kToken});
  InProcessRegistry cdn;
  cdn.WithModel([&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  const std::string path = "/v2/a/b/blobs/" + image_.layers[0].digest.ToString();
  registry_->Inject({"GET", image_.layers[0].digest.hex(), -1,
                     AnswerWith({.status = 307,
                                 .headers = {{"Location", "http://" + cdn.Host() + path +
                                                              "?Signature=topsecret"}}})});
  Pull();
  const std::string log = reporter_.Text();
  EXPECT_THAT(log, HasSubstr("Signature=****"));
  for (const char* secret : {"topsecret", "token-1", "pass:word", "cGFzcz", "Basic ", "Bearer "}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
  }
}

// The token was had for the password, which the server may therefore know, too.
TEST_F(AuthFlow, Row16PasswordBehindATokenIsNotRepeated) {
  Start({.auth = AuthKind::kToken, .users = {{"me", "pass:word"}}});
  registry_->Inject({"GET", "/blobs/", -1,
                     AnswerWith({.status = 400, .body = "you are bWU6cGFzczp3b3Jk: pass:word"})});
  const Error error = ErrorOf([&] { PullAs(SettingsWith("me", "pass:word")); });
  EXPECT_THAT(std::string(error.what()), HasSubstr("you are ****: ****"));
}

TEST_F(AuthFlow, Row16NorAreHeadersOfTheUsersThatGoWithoutAPassword) {
  Start({.auth = AuthKind::kNone});
  registry_->Inject({"GET", "/manifests/", -1,
                     AnswerWith({.status = 400,
                                 .body = "you said top"
                                         "secret"})});
  RegistrySettings settings = ImpatientSettings();
  settings.credentials.inline_config = R"({"HttpHeaders":{"X-Key":"topsecret"}})";
  const Error error = ErrorOf([&] { PullAs(settings); });
  EXPECT_THAT(std::string(error.what()), HasSubstr("you said ****"));
}

TEST_F(AuthFlow, Row16NorIsATokenThatTookAnothersPlace) {
  Start({.auth = AuthKind::kNone});
  ChallengeWith({{"WWW-Authenticate", "Bearer realm=\"/token\""}});
  registry_->Inject({"POST", "/token", -1,
                     AnswerWith({.body = R"({"token":"given","refresh_token":"the-newest"})"})});
  registry_->Inject(
      {"GET", "/blobs/", -1, AnswerWith({.status = 400, .body = "not refresh-me: the-newest"})});
  const Error error = ErrorOf([&] { PullAs(WithIdentityToken()); });
  EXPECT_THAT(std::string(error.what()), HasSubstr("not ****: ****"));
}

TEST_F(AuthFlow, UnauthorizedWithoutCredentialsAdvisesALogin) {
  Start({.auth = AuthKind::kBasic});
  const Error error = ErrorOf([&] { PullAs(ImpatientSettings()); });
  EXPECT_THAT(error.hint(), HasSubstr("ibuild login " + registry_->Host()));
}

TEST_F(AuthFlow, TokenServerThatWantsALoginAdvisesOne) {
  Start({.auth = AuthKind::kToken});
  const Error error = ErrorOf([&] { PullAs(ImpatientSettings()); });
  EXPECT_EQ(error.hint(), "log in first: `ibuild login " + registry_->Host() + "`");
}

TEST_F(AuthFlow, AuthenticateTellsGoodFromBad) {
  for (const AuthKind kind : {AuthKind::kBasic, AuthKind::kToken}) {
    Start({.auth = kind});
    RegistryClient client(ImpatientSettings(), reporter_);
    const auto host = oci::RegistryHost::Parse(registry_->Host());
    EXPECT_NO_THROW(client.Authenticate(host, TestCredential("me", "pass:word")));
    EXPECT_EQ(ErrorOf([&] { client.Authenticate(host, TestCredential("me", "no")); }).kind(),
              ErrorKind::kUnauthorized);
  }
}

}  // namespace
}  // namespace ibuild::registry
