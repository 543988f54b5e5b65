// The real transport against a real socket: connections, back pressure, peers, TLS, proxies.
#include <thread>

#include "registry/http/curl_transport.h"
#include "registry/http/redirecting_transport.h"
#include "support/files.h"
#include "support/text.h"
#include "tests/expect_error.h"
#include "tests/fakes/docker_registry.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using fakes::FakeConnection;
using fakes::FakeHttpServer;
using fakes::FakeRequest;
using ::testing::HasSubstr;

CurlSettings QuickSettings() {
  CurlSettings settings;
  settings.user_agent = "ibuild-test";
  settings.connect_timeout = std::chrono::seconds(5);
  settings.stall_window = std::chrono::milliseconds(300);
  settings.stall_minimum = 300;
  return settings;
}

Url UrlOf(const FakeHttpServer& server, const std::string& path) {
  return Url::Parse("http://" + server.Address() + path);
}

// Answers every request with the same bytes and writes down what it saw.
struct EchoServer {
  explicit EchoServer(std::string the_body) : body(std::move(the_body)) {}

  std::string body;
  std::vector<FakeRequest> seen = {};
  std::string received = {};
  FakeHttpServer server{[this](const FakeRequest& request, FakeConnection& connection) {
    seen.push_back(request);
    received = connection.ReadWholeBody();
    connection.Send({.body = body});
  }};
};

TEST(CurlTransport, ConnectionIsUsedAgain) {
  EchoServer echo("hello");
  CurlTransport transport(QuickSettings());
  for (int i = 0; i < 3; ++i) {
    HttpResponse response = transport.Send(HttpRequest(Method::kGet, UrlOf(echo.server, "/x")));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.peer, AddressClass::kLoopback);
    EXPECT_EQ(ReadBody(response, 100, "body"), "hello");
  }
  EXPECT_EQ(echo.server.connections(), 1u);
  EXPECT_EQ(echo.seen[0].Header("User-Agent"), "ibuild-test");
}

TEST(CurlTransport, AnUnknownHostIsSaidAgainWhenTriedAgain) {
  CurlTransport transport(QuickSettings());
  const HttpRequest request(Method::kGet, Url::Parse("http://no-such-host.invalid/x"));
  for (int i = 0; i < 2; ++i) {
    const auto error = CatchError([&] { transport.Send(request); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), ErrorKind::kUnavailable);
    EXPECT_THAT(error->message(), HasSubstr("no-such-host.invalid"));
  }
}

TEST(CurlTransport, BodiesAreSentWithTheirLength) {
  EchoServer echo("");
  CurlTransport transport(QuickSettings());
  for (const Method method : {Method::kPost, Method::kPut, Method::kPatch}) {
    HttpRequest request(method, UrlOf(echo.server, "/x?a=%2F"));
    request.body = BodyOfText(Noise(3'000'000));
    transport.Send(request);
    EXPECT_EQ(echo.seen.back().method, ToString(method));
    EXPECT_EQ(echo.seen.back().query, "a=%2F");
    EXPECT_EQ(echo.seen.back().content_length, 3'000'000u);
    EXPECT_EQ(echo.received, Noise(3'000'000));
    request.body.reset();
    transport.Send(request);
    EXPECT_EQ(echo.seen.back().Header("Content-Length"), "0") << "registries insist on it";
  }
}

TEST(CurlTransport, HeadHasNoBodyAndDeleteIsPassedOn) {
  EchoServer echo("hello");
  CurlTransport transport(QuickSettings());
  HttpResponse head = transport.Send(HttpRequest(Method::kHead, UrlOf(echo.server, "/")));
  EXPECT_EQ(ContentLength(head.headers), 5u);
  EXPECT_EQ(ReadBody(head, 100, "body"), "");
  transport.Send(HttpRequest(Method::kDelete, UrlOf(echo.server, "/")));
  EXPECT_EQ(echo.seen.back().method, "DELETE");
}

TEST(CurlTransport, SlowReaderHoldsTheSenderBackAndLosesNothing) {
  EchoServer echo(Noise(6'000'000));
  CurlTransport transport(QuickSettings());
  HttpResponse response = transport.Send(HttpRequest(Method::kGet, UrlOf(echo.server, "/")));
  std::string got;
  std::vector<std::byte> buffer(100'000);
  // Longer than the stall window: it is we who are slow, not the network.
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  while (const std::size_t size = response.body->Read(buffer)) {
    got += AsText(std::span(buffer).first(size));
    if (got.size() < 1'000'000) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(got, echo.body);
}

TEST(CurlTransport, UnreadBodyIsDropped) {
  EchoServer echo(Noise(6'000'000));
  CurlTransport transport(QuickSettings());
  transport.Send(HttpRequest(Method::kGet, UrlOf(echo.server, "/")));
  HttpResponse second = transport.Send(HttpRequest(Method::kGet, UrlOf(echo.server, "/")));
  EXPECT_EQ(ReadBody(second, 10'000'000, "body"), echo.body);
}

TEST(CurlTransport, ErrorOfTheBodyIsWhatTheCallerSees) {
  EchoServer echo("");
  CurlTransport transport(QuickSettings());
  HttpRequest request(Method::kPut, UrlOf(echo.server, "/"));
  request.body = RequestBody{100, [] { return std::make_unique<StringSource>("too short"); }};
  EXPECT_EQ(ErrorOf([&] { transport.Send(request); }).kind(), ErrorKind::kCorrupt);
}

TEST(CurlTransport, Row6PeersAreCheckedWhenConnectedAndWhenUsedAgain) {
  EchoServer echo("internal");
  CurlTransport transport(QuickSettings());
  const Url url = Url::Parse("http://localhost:" + std::to_string(echo.server.port()) + "/");
  HttpRequest request(Method::kGet, url);
  request.peers = PeerRule::kPublicOnly;
  EXPECT_EQ(ErrorOf([&] { transport.Send(request); }).kind(), ErrorKind::kPermissionDenied);
  transport.Send(HttpRequest(Method::kGet, url));  // opens a connection that stays
  EXPECT_EQ(ErrorOf([&] { transport.Send(request); }).kind(), ErrorKind::kPermissionDenied);
  EXPECT_EQ(echo.seen.size(), 1u);
}

TEST(CurlTransport, SilentServerTimesOut) {
  FakeHttpServer server([](const FakeRequest&, FakeConnection& connection) {
    connection.Tamper({.stall_after = 0});
    connection.SendRaw("HTTP/1.1 ");
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    connection.HangUp();
  });
  CurlTransport transport(QuickSettings());
  HttpRequest request(Method::kGet, UrlOf(server, "/"));
  request.first_byte_timeout = std::chrono::seconds(1);
  try {
    transport.Send(request);
    FAIL();
  } catch (const NetworkError& error) {
    EXPECT_EQ(error.fault(), NetworkFault::kTimeout);
  }
}

TEST(CurlTransport, Row4NetrcIsNotRead) {
  const TempDir home(std::filesystem::temp_directory_path(), "ibuild-netrc-");
  WriteFileAtomically(home.path() / ".netrc", "machine 127.0.0.1 login u password p\n", 0600);
  const std::string old = getenv("HOME");
  setenv("HOME", home.path().c_str(), 1);
  EchoServer echo("");
  CurlTransport transport(QuickSettings());
  transport.Send(HttpRequest(Method::kGet, UrlOf(echo.server, "/")));
  setenv("HOME", old.c_str(), 1);
  EXPECT_EQ(echo.seen[0].Header("Authorization"), "");
}

TEST(CurlTransport, ProxyIsAskedForOthersThanLoopback) {
  EchoServer proxy("by proxy");
  CurlSettings settings = QuickSettings();
  settings.proxy.http_proxy = "http://user:secret@" + proxy.server.Address();
  CurlTransport transport(settings);
  HttpResponse response =
      transport.Send(HttpRequest(Method::kGet, Url::Parse("http://registry.example/v2/")));
  EXPECT_EQ(ReadBody(response, 100, "body"), "by proxy");
  EXPECT_EQ(response.peer, AddressClass::kUnknown) << "the proxy's address says nothing";
  EXPECT_EQ(proxy.seen[0].path, "http://registry.example/v2/");
  EXPECT_THAT(proxy.seen[0].Header("Proxy-Authorization"), HasSubstr("Basic"));
}

TEST(CurlTransport, ProxyVariablesOfTheEnvironmentAreNotReadBehindOurBack) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  EchoServer echo("direct");
  CurlTransport transport(QuickSettings());
  const Url url = Url::Parse("http://localhost:" + std::to_string(echo.server.port()) + "/");
  EXPECT_EQ(transport.Send(HttpRequest(Method::kGet, url)).status, 200);
  unsetenv("http_proxy");
}

TEST(Redirecting, Row2OwnHeadersStayWithinTheOrigin) {
  EchoServer target("there");
  FakeHttpServer first([&](const FakeRequest&, FakeConnection& connection) {
    connection.Send({.status = 307, .headers = {{"Location", UrlOf(target.server, "/").Wire()}}});
  });
  CurlTransport curl(QuickSettings());
  RedirectingTransport transport(curl);
  HttpRequest request(Method::kGet, UrlOf(first, "/"));
  for (const char* name : {"Authorization", "Cookie", "X-Api-Key", "Range", "Accept"}) {
    request.headers.Add(name, "value");
  }
  const HttpResponse response = transport.Send(request);
  EXPECT_TRUE(response.redirected);
  for (const char* name : {"Authorization", "Cookie", "X-Api-Key"}) {
    EXPECT_EQ(target.seen[0].Header(name), "") << name;
  }
  for (const char* name : {"Range", "Accept"}) EXPECT_EQ(target.seen[0].Header(name), "value");
}

TEST(Redirecting, BodiesGoElsewhereOnlyWithinTheOrigin) {
  EchoServer target("");
  FakeHttpServer first([&](const FakeRequest& request, FakeConnection& connection) {
    connection.ReadWholeBody();
    const bool here = request.path == "/here";
    connection.Send({.status = here || request.path == "/away" ? 307 : 200,
                     .headers = {{"Location", here ? "/x" : UrlOf(target.server, "/").Wire()}}});
  });
  CurlTransport curl(QuickSettings());
  RedirectingTransport transport(curl);
  HttpRequest request(Method::kPut, UrlOf(first, "/here"));
  request.body = BodyOfText("secret layer");
  EXPECT_EQ(transport.Send(request).status, 200);
  request.url = UrlOf(first, "/away");
  EXPECT_EQ(transport.Send(request).status, 307) << "taken as it is";
  EXPECT_TRUE(target.seen.empty());
}

class Tls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = std::make_unique<TempDir>(std::filesystem::temp_directory_path(), "ibuild-tls-");
    certificate_ = fakes::MakeCertificate(directory_->path(), "localhost");
  }
  static void TearDownTestSuite() { directory_.reset(); }

  void SetUp() override {
    registry_ =
        std::make_unique<fakes::InProcessRegistry>(fakes::RegistryBehaviour{.tls = certificate_});
    registry_->WithModel(
        [&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  }

  void PullWith(const RegistrySettings& settings) {
    SilentReporter reporter;
    RegistryClient client(settings, reporter);
    fakes::MemoryStore store;
    PullInto(store, client, registry_->Name("a/b:1"));
    EXPECT_EQ(store.size(), image_.bytes.size());
  }

  static std::unique_ptr<TempDir> directory_;
  static fakes::ServerTls certificate_;
  fakes::SampleImage image_ = fakes::MakeSampleImage({Noise(200'000)});
  std::unique_ptr<fakes::InProcessRegistry> registry_;
};

std::unique_ptr<TempDir> Tls::directory_;
fakes::ServerTls Tls::certificate_;

TEST_F(Tls, AuthorityFromAFile) {
  RegistrySettings settings = ImpatientSettings();
  settings.ca_files = {certificate_.certificate};
  PullWith(settings);
}

TEST_F(Tls, AuthorityFromTheHostsDirectory) {
  const std::filesystem::path certs = directory_->path() / "certs.d";
  MakeDirectories(certs / registry_->Host());
  std::filesystem::copy_file(certificate_.certificate, certs / registry_->Host() / "ca.crt");
  RegistrySettings settings = ImpatientSettings();
  settings.certificate_directories = {directory_->path() / "missing", certs};
  PullWith(settings);
}

TEST_F(Tls, Row17UnknownAuthorityIsNoReasonToGoWithoutTls) {
  const Error error = ErrorOf([&] { PullWith(ImpatientSettings()); });
  EXPECT_THAT(error.hint(), HasSubstr("--ca-file"));
  EXPECT_TRUE(registry_->Requests().empty());
}

TEST_F(Tls, InsecureHostIsNotVerified) {
  RegistrySettings settings = ImpatientSettings();
  settings.insecure_hosts = {registry_->Host()};
  PullWith(settings);
}

TEST_F(Tls, HalfAPairIsAnError) {
  const std::filesystem::path certs = directory_->path() / "half.d";
  MakeDirectories(certs / "r.example");
  std::filesystem::copy_file(certificate_.key, certs / "r.example" / "client.key");
  const Error error = ErrorOf([&] { FindTlsFiles("r.example", {certs}, {}); });
  EXPECT_THAT(error.what(), HasSubstr("client.cert"));
}

TEST_F(Tls, PairBecomesTheClientCertificate) {
  const std::filesystem::path certs = directory_->path() / "pair.d";
  MakeDirectories(certs / "r.example");
  std::filesystem::copy_file(certificate_.key, certs / "r.example" / "client.key");
  std::filesystem::copy_file(certificate_.certificate, certs / "r.example" / "client.cert");
  const TlsFiles files = FindTlsFiles("r.example", {certs}, {});
  ASSERT_TRUE(files.client);
  EXPECT_EQ(files.client->key.filename(), "client.key");
  EXPECT_FALSE(FindTlsFiles("other.example", {certs}, {}).client) << "nobody else sees it";
}

}  // namespace
}  // namespace ibuild::registry
