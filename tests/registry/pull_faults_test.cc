// Pulling from a registry that misbehaves, one fault at a time.
#include "tests/registry/request_golden.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using fakes::AnswerWith;
using fakes::InProcessRegistry;
using fakes::TamperWith;
using ::testing::HasSubstr;

class PullFaults : public ::testing::Test {
 protected:
  void Start(fakes::RegistryBehaviour behaviour = {}) {
    registry_ = std::make_unique<InProcessRegistry>(std::move(behaviour));
    registry_->WithModel(
        [&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  }

  void TearDown() override {
    if (registry_ && repeatable_) ExpectRequests(*registry_, image_);
  }

  void ExpectPulled(RegistrySettings settings = ImpatientSettings()) {
    settings.jobs = 1;
    RecordingReporter reporter;
    RegistryClient client(std::move(settings), reporter);
    fakes::MemoryStore store;
    const PulledImage pulled = PullInto(store, client, registry_->Name("a/b:1"), &reporter);
    EXPECT_EQ(pulled.root.digest, image_.manifest.digest);
    EXPECT_EQ(store.size(), image_.bytes.size());
    for (const auto& [digest, bytes] : image_.bytes) EXPECT_EQ(store.Bytes(digest), bytes);
    log_ = reporter.Text();
  }

  Error ExpectFailure(RegistrySettings settings = ImpatientSettings()) {
    settings.jobs = 1;
    SilentReporter reporter;
    RegistryClient client(std::move(settings), reporter);
    fakes::MemoryStore store;
    Error error = ErrorOf([&] { PullInto(store, client, registry_->Name("a/b:1")); });
    EXPECT_FALSE(store.Has(image_.manifest.digest)) << "a broken image must not be kept";
    return error;
  }

  void Inject(const std::string& path_part, int times,
              std::function<bool(const fakes::FakeRequest&, fakes::FakeConnection&)> act) {
    registry_->Inject({"GET", path_part, times, std::move(act)});
  }
  std::string LayerPath() const { return "/blobs/" + image_.layers[0].digest.ToString(); }

  fakes::SampleImage image_ = fakes::MakeSampleImage({Noise(600'000), Noise(100'000, 2)});
  std::unique_ptr<InProcessRegistry> registry_;
  std::string log_;
  bool repeatable_ = true;  // each run has the same requests
};

TEST_F(PullFaults, NoFault) {
  Start();
  ExpectPulled();
  EXPECT_EQ(registry_->CountRequests("GET /v2/a/b/blobs/"), 3u);
  EXPECT_EQ(registry_->CountRequests("GET /v2/a/b/manifests/"), 1u);
}

TEST_F(PullFaults, Row1ServerErrorOnManifestIsRetried) {
  Start();
  Inject("/manifests/", 1, AnswerWith(500));
  ExpectPulled();
}

TEST_F(PullFaults, Row2TwiceUnavailableIsRetried) {
  Start();
  Inject("/manifests/", 2, AnswerWith(503));
  ExpectPulled();
}

TEST_F(PullFaults, Row3RetryAfterIsWaitedFor) {
  Start();
  Inject("/manifests/", 1, AnswerWith({.status = 429, .headers = {{"Retry-After", "1"}}}));
  const auto start = std::chrono::steady_clock::now();
  ExpectPulled();
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(900));
}

TEST_F(PullFaults, Row4ThrottledWithoutHintBacksOff) {
  Start();
  Inject("/manifests/", 3, AnswerWith(429));
  ExpectPulled();
}

TEST_F(PullFaults, ServerThatAlwaysThrottlesWithoutHintIsAskedSixTimes) {
  Start();
  Inject("/manifests/", -1, AnswerWith(429));
  EXPECT_EQ(ExpectFailure().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(registry_->CountRequests("GET /v2/a/b/manifests/1"), 6u);
}

TEST_F(PullFaults, WaitLongerThanAllowedIsToldAtOnce) {
  Start();
  Inject("/manifests/", -1, AnswerWith({.status = 429, .headers = {{"Retry-After", "86400"}}}));
  const auto start = std::chrono::steady_clock::now();
  const Error error = ExpectFailure();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("limits how often it is asked (429"));
  EXPECT_THAT(error.message(), HasSubstr("asks to wait 24 h"));
  EXPECT_THAT(error.hint(), HasSubstr("--wait 1441m"));
}

TEST_F(PullFaults, WaitsForLimitsAreBoundedInAll) {
  repeatable_ = false;
  RegistrySettings settings = ImpatientSettings();
  settings.timing.retry.longest_throttle = Milliseconds(1500);
  Start();
  Inject("/manifests/", -1, AnswerWith({.status = 429, .headers = {{"Retry-After", "1"}}}));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(ExpectFailure(settings).kind(), ErrorKind::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(2500));
}

TEST_F(PullFaults, Row5And6ServerErrorsOnBlobAreRetried) {
  Start();
  Inject(LayerPath(), 1, AnswerWith(500));
  Inject(LayerPath(), 2, AnswerWith(502));
  ExpectPulled();
}

TEST_F(PullFaults, Row7MissingBlobFailsAtOnceAndIsNamed) {
  Start();
  Inject(LayerPath(), -1, AnswerWith(404));
  const Error error = ExpectFailure();
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_THAT(error.what(), HasSubstr(image_.layers[0].digest.hex()));
  EXPECT_EQ(registry_->CountRequests("GET /v2/a/b" + LayerPath()), 1u);
}

TEST_F(PullFaults, Row9CutConnectionIsResumedByRange) {
  Start();
  Inject(LayerPath(), 1, TamperWith({.cut_after = 250'000}));
  ExpectPulled();
  const auto ranges = registry_->HeadersSeen("GET /v2/a/b" + LayerPath(), "Range");
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(ranges[0], "");
  EXPECT_EQ(ranges[1], "bytes=250000-");
}

TEST_F(PullFaults, Row10RangeIgnoredStartsOver) {
  Start({.ranges = false});
  Inject(LayerPath(), 1, TamperWith({.cut_after = 250'000}));
  ExpectPulled();
}

TEST_F(PullFaults, Row11CutAgainAndAgainGoesOnWhileThereIsProgress) {
  Start();
  Inject(LayerPath(), 20, TamperWith({.cut_after = 25'000}));
  ExpectPulled();
  EXPECT_EQ(registry_->CountRequests("GET /v2/a/b" + LayerPath()), 21u);
}

TEST_F(PullFaults, CutWithoutProgressGivesUp) {
  Start();
  Inject(LayerPath(), -1, TamperWith({.cut_after = 0}));
  EXPECT_EQ(ExpectFailure().kind(), ErrorKind::kUnavailable);
}

TEST_F(PullFaults, Row12StalledBodyIsAbortedAndResumed) {
  Start();
  Inject(LayerPath(), 1, TamperWith({.stall_after = 300'000}));
  ExpectPulled();
  const auto ranges = registry_->HeadersSeen("GET /v2/a/b" + LayerPath(), "Range");
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(ranges[1], "bytes=300000-");
}

TEST_F(PullFaults, Row13FlippedByteIsFetchedOnceMore) {
  Start();
  Inject(LayerPath(), 1, TamperWith({.flip_at = 1234}));
  ExpectPulled();
}

TEST_F(PullFaults, Row13FlippedByteTwiceFails) {
  Start();
  Inject(LayerPath(), -1, TamperWith({.flip_at = 1234}));
  const Error error = ExpectFailure();
  EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
  EXPECT_THAT(error.what(), HasSubstr("digest"));
  EXPECT_EQ(registry_->CountRequests("GET /v2/a/b" + LayerPath()), 2u);
}

TEST_F(PullFaults, Row14FalseDigestHeaderIsAWarning) {
  Start();
  const std::string other = oci::Digest::OfText("other").ToString();
  Inject("/manifests/", 1,
         TamperWith({.set_headers = {{"Docker-Content-Digest", other}},
                     .drop_headers = {"Docker-Content-Digest"}}));
  ExpectPulled();
  EXPECT_THAT(log_, HasSubstr(other));
}

TEST_F(PullFaults, Row15NoDigestHeaderIsFine) {
  Start();
  Inject("/manifests/", 1, TamperWith({.drop_headers = {"Docker-Content-Digest"}}));
  ExpectPulled();
}

TEST_F(PullFaults, Row16AlteredManifestByDigestFails) {
  Start();
  Inject("/manifests/", -1, TamperWith({.flip_at = 10}));
  SilentReporter reporter;
  RegistryClient client(OneByOne(), reporter);
  fakes::MemoryStore store;
  const std::string name = registry_->Name("a/b@" + image_.manifest.digest.ToString());
  const Error error = ErrorOf([&] { PullInto(store, client, name); });
  EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
  EXPECT_THAT(error.what(), HasSubstr("digest"));
}

TEST_F(PullFaults, Row17HugeManifestIsRefused) {
  Start();
  Inject("/manifests/", -1, AnswerWith({.body = std::string(9u << 20, ' ')}));
  EXPECT_EQ(ExpectFailure().kind(), ErrorKind::kResourceExhausted);
}

TEST_F(PullFaults, Row18ContradictingContentTypeIsRefused) {
  Start();
  Inject("/manifests/", -1,
         TamperWith({.set_headers = {{"Content-Type", "application/vnd.oci.image.index.v1+json"}},
                     .drop_headers = {"Content-Type"}}));
  EXPECT_THAT(ExpectFailure().what(), HasSubstr("index"));
}

TEST_F(PullFaults, Row19GenericContentTypeIsDecidedByTheDocument) {
  for (const char* type : {"text/plain", "application/json; charset=utf-8"}) {
    Start();
    Inject("/manifests/", -1,
           TamperWith({.set_headers = {{"Content-Type", type}}, .drop_headers = {"Content-Type"}}));
    ExpectPulled();
  }
}

TEST_F(PullFaults, Row28RedirectToAnotherPortCarriesNoCredential) {
  Start({.auth = fakes::AuthKind::kBasic, .users = {{"u", "p"}}});
  InProcessRegistry cdn;
  cdn.WithModel([&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  Inject(LayerPath(), -1,
         AnswerWith({.status = 307,
                     .headers = {{"Location", "http://" + cdn.Name("v2/a/b" + LayerPath())}}}));
  ExpectPulled(SettingsWith("u", "p"));
  EXPECT_EQ(cdn.HeadersSeen("GET ", "Authorization"), std::vector<std::string>{""});
}

TEST_F(PullFaults, RefusedRedirectTargetGoesBackToTheRegistry) {
  Start();
  InProcessRegistry cdn;
  cdn.WithModel([&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  cdn.Inject({"GET", "", 1, AnswerWith(403)});
  Inject(LayerPath(), -1,
         AnswerWith({.status = 307,
                     .headers = {{"Location", "http://" + cdn.Name("v2/a/b" + LayerPath())}}}));
  ExpectPulled();
  EXPECT_EQ(registry_->CountRequests("GET /v2/a/b" + LayerPath()), 2u);
}

TEST_F(PullFaults, EndlessRedirectsEnd) {
  Start();
  Inject(LayerPath(), -1, AnswerWith({.status = 302, .headers = {{"Location", LayerPath()}}}));
  Inject(image_.layers[0].digest.hex(), -1,
         AnswerWith({.status = 302, .headers = {{"Location", "/v2/a/b" + LayerPath()}}}));
  EXPECT_THAT(ExpectFailure().what(), HasSubstr("circle"));
}

TEST_F(PullFaults, Row50ConnectionClosedBetweenRequestsIsNoError) {
  Start();
  Inject("/manifests/", 1, [](const fakes::FakeRequest&, fakes::FakeConnection& connection) {
    connection.HangUp();  // without a word
    return true;
  });
  ExpectPulled();
}

TEST_F(PullFaults, ContentEncodingIsNotDecoded) {
  Start();
  Inject(LayerPath(), -1, TamperWith({.set_headers = {{"Content-Encoding", "gzip"}}}));
  ExpectPulled();  // the bytes are the digest's, whatever the header says of them
  EXPECT_EQ(registry_->HeadersSeen("GET /v2/a/b" + LayerPath(), "Accept-Encoding").front(),
            "identity");
}

TEST_F(PullFaults, WrongRangeInAnswerIsRefused) {
  Start();
  Inject(LayerPath(), 1, TamperWith({.cut_after = 1000}));
  Inject(LayerPath(), -1,
         TamperWith({.set_headers = {{"Content-Range", "bytes 0-1/2"}},
                     .drop_headers = {"Content-Range"}}));
  EXPECT_THAT(ExpectFailure().what(), HasSubstr("range"));
}

TEST_F(PullFaults, Row26SizeThatTheRegistryContradictsIsNotWaitedFor) {
  for (const std::uint64_t wrong : {1u, 600'001u}) {
    Start();
    oci::Manifest manifest{
        "application/vnd.oci.image.manifest.v1+json", "", image_.config, image_.layers, {}, {}};
    manifest.layers[0].size = wrong;
    registry_->WithModel([&](fakes::RegistryModel& model) {
      model.AddManifest("a/b", "1", manifest.media_type, oci::Serialize(manifest));
    });
    const Error error = ExpectFailure();
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    EXPECT_THAT(error.what(), HasSubstr("has 600000 bytes"));
    EXPECT_LE(registry_->CountRequests("GET /v2/a/b" + LayerPath()), 2u);
  }
}

TEST_F(PullFaults, RegistryThatCannotGoOnInTheMiddleIsAskedFromTheStart) {
  Start();
  Inject(LayerPath(), 1, TamperWith({.cut_after = 250'000}));
  Inject(LayerPath(), 1, AnswerWith(416));
  ExpectPulled();
  EXPECT_THAT(registry_->HeadersSeen("GET /v2/a/b" + LayerPath(), "Range"),
              ::testing::ElementsAre("", "bytes=250000-", ""));
}

TEST_F(PullFaults, DisconnectedConfigIsRefused) {
  fakes::SampleImage other = fakes::MakeSampleImage({"one layer"});
  Start();
  oci::Manifest manifest{std::string("application/vnd.oci.image.manifest.v1+json"),
                         "",
                         other.config,
                         image_.layers,
                         {},
                         {}};
  registry_->WithModel([&](fakes::RegistryModel& model) {
    fakes::AddImage(model, "a/b", "other", other);
    model.AddManifest("a/b", "1", manifest.media_type, oci::Serialize(manifest));
  });
  EXPECT_THAT(ExpectFailure().what(), HasSubstr("names 1 layers, its manifest 2"));
}

TEST_F(PullFaults, RegistryThatIsDownIsNamed) {
  std::string host;
  {
    InProcessRegistry gone;
    host = gone.Host();
  }
  SilentReporter reporter;
  RegistryClient client(OneByOne(), reporter);
  fakes::MemoryStore store;
  const Error error = ErrorOf([&] { PullInto(store, client, host + "/a/b:1"); });
  EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
  EXPECT_THAT(error.what(), HasSubstr(host));
  EXPECT_THAT(error.hint(), HasSubstr("running"));
}

TEST_F(PullFaults, CancelledInTheMiddleStopsSoon) {
  repeatable_ = false;
  Start();
  Inject(LayerPath(), -1, TamperWith({.stall_after = 1000}));
  RegistrySettings settings = OneByOne();
  settings.timing.stall_window = std::chrono::seconds(60);
  SilentReporter reporter;
  RegistryClient client(settings, reporter);
  fakes::MemoryStore store;
  std::stop_source stop;
  std::jthread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  PullRequest request{oci::Reference::Parse(registry_->Name("a/b:1"))};
  request.stop = stop.get_token();
  const auto start = std::chrono::steady_clock::now();
  const Error error = ErrorOf([&] { Pull(request, client, store, reporter); });
  EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace ibuild::registry
