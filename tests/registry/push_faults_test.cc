// Pushing to a registry that misbehaves, one fault at a time.
#include <atomic>

#include "tests/registry/request_golden.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using fakes::AnswerWith;
using fakes::InProcessRegistry;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PushFaults : public ::testing::Test {
 protected:
  void Start(fakes::RegistryBehaviour behaviour = {}) {
    registry_ = std::make_unique<InProcessRegistry>(std::move(behaviour));
  }

  void TearDown() override {
    if (registry_) ExpectRequests(*registry_, image_);
  }

  PushReceipt ExpectPushed(RegistrySettings settings = ImpatientSettings()) {
    settings.jobs = 1;
    SilentReporter reporter;
    RegistryClient client(std::move(settings), reporter);
    PushReceipt receipt = PushSample(image_, client, registry_->Name("a/b:1"));
    EXPECT_EQ(registry_->TagDigest("a/b", "1"), image_.manifest.digest.ToString());
    for (const auto& layer : image_.layers) EXPECT_TRUE(registry_->HasBlob("a/b", layer.digest));
    return receipt;
  }

  Error ExpectFailure(RegistrySettings settings = ImpatientSettings()) {
    settings.jobs = 1;
    SilentReporter reporter;
    RegistryClient client(std::move(settings), reporter);
    Error error = ErrorOf([&] { PushSample(image_, client, registry_->Name("a/b:1")); });
    EXPECT_EQ(registry_->TagDigest("a/b", "1"), std::nullopt);
    return error;
  }

  void Inject(const std::string& method, const std::string& path_part, int times,
              std::function<bool(const fakes::FakeRequest&, fakes::FakeConnection&)> act) {
    registry_->Inject({method, path_part, times, std::move(act)});
  }

  // Takes `size` bytes of a layer's body, then hangs up, `times` times; negative: always.
  static auto HangUpAfter(InProcessRegistry& registry, std::uint64_t size, int times = 1) {
    auto left = std::make_shared<std::atomic<int>>(times);
    return [&registry, size, left](const fakes::FakeRequest& request,
                                   fakes::FakeConnection& connection) {
      if (request.content_length < 1'000'000 || (*left)-- == 0) return false;
      const std::string taken = connection.ReadBody(size);
      const std::string id = request.path.substr(request.path.rfind('/') + 1);
      registry.WithModel([&](fakes::RegistryModel& model) {
        if (std::string* upload = model.FindUpload(id)) *upload += taken;
      });
      connection.HangUp();
      return true;
    };
  }

  fakes::SampleImage image_ = fakes::MakeSampleImage({Noise(3'000'000)});
  std::unique_ptr<InProcessRegistry> registry_;
};

constexpr const char* kUploads = "/blobs/uploads/";

TEST_F(PushFaults, NewImageTakesThreeRequestsForEachBlob) {
  Start();
  const PushReceipt receipt = ExpectPushed();
  EXPECT_EQ(receipt.sent, 2u);
  EXPECT_EQ(receipt.existed, 0u);
  EXPECT_FALSE(receipt.unchanged);
  EXPECT_EQ(registry_->CountRequests("HEAD /v2/a/b/blobs/"), 2u);
  EXPECT_EQ(registry_->CountRequests("POST "), 2u);
  EXPECT_EQ(registry_->CountRequests("PUT /v2/a/b/blobs/uploads/"), 2u);
  EXPECT_EQ(registry_->CountRequests("PUT /v2/a/b/manifests/1"), 1u);
  EXPECT_EQ(registry_->CountRequests("PATCH "), 0u);
}

TEST_F(PushFaults, UnchangedImageTakesOneRequest) {
  Start();
  ExpectPushed();
  const std::size_t before = registry_->Requests().size();
  const PushReceipt receipt = ExpectPushed();
  EXPECT_TRUE(receipt.unchanged);
  EXPECT_EQ(receipt.sent, 0u);
  // The first is the question whether this loopback host speaks TLS; it never arrives as HTTP.
  EXPECT_EQ(registry_->Requests().size() - before, 1u);
}

TEST_F(PushFaults, KnownBlobsAreNotSentAgain) {
  Start();
  ExpectPushed();
  SilentReporter reporter;
  RegistryClient client(OneByOne(), reporter);
  const PushReceipt receipt = PushSample(image_, client, registry_->Name("a/b:2"));
  EXPECT_EQ(receipt.existed, 2u);
  EXPECT_EQ(receipt.sent, 0u);
}

TEST_F(PushFaults, Row31ServerErrorOnUploadStartIsRetried) {
  Start();
  Inject("POST", kUploads, 1, AnswerWith(500));
  ExpectPushed();
}

TEST_F(PushFaults, Row32ThrottledUploadStartIsRetried) {
  Start();
  Inject("POST", kUploads, 1, AnswerWith({.status = 429, .headers = {{"Retry-After", "0"}}}));
  ExpectPushed();
}

TEST_F(PushFaults, Row33And34ServerErrorAfterBodyIsRedone) {
  Start();
  Inject("PUT", kUploads, 1, AnswerWith(500));
  ExpectPushed();
}

TEST_F(PushFaults, Row35CutUploadIsResumedWhereTheSessionSurvives) {
  Start();
  Inject("PUT", kUploads, -1, HangUpAfter(*registry_, 1'000'000));
  ExpectPushed();
  EXPECT_EQ(registry_->HeadersSeen("PATCH ", "Content-Range"),
            std::vector<std::string>{"1000000-2999999"});
}

TEST_F(PushFaults, Row35CutUploadIsRedoneWhereTheSessionIsGone) {
  Start();
  Inject("PUT", kUploads, -1, HangUpAfter(*registry_, 1'000'000));
  Inject("GET", kUploads, 1, AnswerWith(404));
  ExpectPushed();
  EXPECT_EQ(registry_->CountRequests("PATCH "), 0u);
  EXPECT_EQ(registry_->CountRequests("POST "), 3u);
}

TEST_F(PushFaults, CutUploadsWithoutProgressGiveUp) {
  Start();
  Inject("PUT", kUploads, -1, HangUpAfter(*registry_, 0, -1));
  EXPECT_EQ(ExpectFailure().kind(), ErrorKind::kUnavailable);
}

TEST_F(PushFaults, Row36And37ManifestPutIsRetried) {
  Start();
  Inject("PUT", "/manifests/", 1, AnswerWith(500));
  Inject("PUT", "/manifests/", 2, AnswerWith(429));
  ExpectPushed();
}

TEST_F(PushFaults, Row38ServerErrorOnHeadIsRetried) {
  Start();
  Inject("HEAD", "/blobs/", 1, AnswerWith(500));
  ExpectPushed();
}

TEST_F(PushFaults, Row39ForbiddenHeadUploadsAllTheSame) {
  Start();
  Inject("HEAD", "", -1, AnswerWith(403));
  EXPECT_EQ(ExpectPushed().sent, 2u);
}

TEST_F(PushFaults, Row41LocationWithoutSchemeIsUnderstood) {
  Start();
  Inject("POST", kUploads, -1,
         [this](const fakes::FakeRequest&, fakes::FakeConnection& connection) {
           std::string id;
           registry_->WithModel([&](fakes::RegistryModel& model) { id = model.OpenUpload(); });
           connection.Send({.status = 202,
                            .headers = {{"Location", registry_->Host() + "/v2/a/b/blobs/uploads/" +
                                                         id + "?_state=a%2Fb+c"}}});
           return true;
         });
  ExpectPushed();
}

TEST_F(PushFaults, Row42MissingLocationFailsAtOnce) {
  Start();
  Inject("POST", kUploads, -1, AnswerWith({.status = 202}));
  EXPECT_THAT(ExpectFailure().what(), HasSubstr("without saying where"));
  EXPECT_EQ(registry_->CountRequests("PATCH "), 0u);
}

TEST_F(PushFaults, Row43TokenThatDiesInTheMiddleIsRenewedAndTheBodySentAgain) {
  Start({.auth = fakes::AuthKind::kToken, .users = {{"u", "p"}}});
  Inject("PUT", kUploads, 1, [](const fakes::FakeRequest&, fakes::FakeConnection& connection) {
    connection.ReadBody(500'000);
    connection.Send({.status = 401, .headers = {{"WWW-Authenticate", "Bearer realm=\"/token\""}}});
    return true;
  });
  ExpectPushed(SettingsWith("u", "p"));
}

TEST_F(PushFaults, TokensThatLiveForTwoRequestsAreRenewed) {
  Start({.auth = fakes::AuthKind::kToken, .users = {{"u", "p"}}, .token_uses = 2});
  ExpectPushed(SettingsWith("u", "p"));
}

TEST_F(PushFaults, Row44EarlyManifestIsRefusedWithItsDigest) {
  Start();
  Inject("HEAD", "/blobs/", -1, AnswerWith({.status = 200}));  // a lie
  const Error error = ExpectFailure();
  EXPECT_THAT(error.what(), HasSubstr("MANIFEST_BLOB_UNKNOWN"));
  EXPECT_THAT(error.what(), HasSubstr("sha256:"));
}

class PushMounts : public PushFaults {
 protected:
  static auto OnMount(std::function<void(fakes::FakeConnection&)> answer) {
    return [answer](const fakes::FakeRequest& request, fakes::FakeConnection& connection) {
      if (!request.Parameter("mount")) return false;
      answer(connection);
      return true;
    };
  }

  PushReceipt PushWithMount() {
    registry_->WithModel(
        [&](fakes::RegistryModel& model) { fakes::AddImage(model, "base/image", "1", image_); });
    SilentReporter reporter;
    RegistryClient client(OneByOne(), reporter);
    fakes::MemoryStore store(image_.bytes);
    PushRequest request{oci::Reference::Parse(registry_->Name("a/b:1")), image_.manifest};
    request.mount_from = {oci::Reference::Parse(registry_->Name("base/image")).repository()};
    PushReceipt receipt = Push(request, store, client, reporter);
    EXPECT_EQ(registry_->TagDigest("a/b", "1"), image_.manifest.digest.ToString());
    return receipt;
  }
};

TEST_F(PushMounts, KnownLayerIsMountedSmallOneIsSent) {
  Start();
  const PushReceipt receipt = PushWithMount();
  EXPECT_EQ(receipt.mounted, 1u);
  EXPECT_EQ(receipt.sent, 1u);  // the config is not worth a mount
}

TEST_F(PushMounts, Row45RefusedMountIsAPlainUpload) {
  for (const int status : {400, 401, 404, 405}) {
    Start();
    Inject("POST", kUploads, -1,
           OnMount([status](auto& connection) { connection.Send({.status = status}); }));
    EXPECT_EQ(PushWithMount().sent, 2u) << status;
  }
}

TEST_F(PushMounts, Row46SessionOpenedByAMountIsUsed) {
  Start();
  Inject("POST", kUploads, -1, OnMount([this](fakes::FakeConnection& connection) {
           std::string id;
           registry_->WithModel([&](fakes::RegistryModel& model) { id = model.OpenUpload(); });
           const std::string location = "/v2/a/b/blobs/uploads/" + id + "?_state=a%2Fb+c";
           connection.Send({.status = 202, .headers = {{"Location", location}}});
         }));
  EXPECT_EQ(PushWithMount().mounted, 0u);
  EXPECT_EQ(registry_->CountRequests("POST "), 2u);
}

TEST_F(PushFaults, RegistryWithoutWholePutGetsPatches) {
  Start();
  registry_->Inject({"PUT", kUploads, -1,
                     [](const fakes::FakeRequest& request, fakes::FakeConnection& connection) {
                       if (request.content_length == 0) return false;
                       connection.ReadWholeBody();
                       connection.Send({.status = 404});
                       return true;
                     }});
  ExpectPushed();
  EXPECT_GE(registry_->CountRequests("PATCH "), 2u);
}

TEST_F(PushFaults, Row47RangeRefusedInTheMiddleAsksForTheStatus) {
  Start();
  Inject("PUT", kUploads, -1, HangUpAfter(*registry_, 1'000'000));
  Inject("PATCH", kUploads, 1, AnswerWith(416));
  ExpectPushed();
  EXPECT_GE(registry_->CountRequests("GET /v2/a/b/blobs/uploads/"), 2u);
}

TEST_F(PushFaults, Row48EarlyRefusalEndsTheSending) {
  image_ = fakes::MakeSampleImage({Noise(12'000'000)});
  Start();
  Inject("", kUploads, -1,
         [](const fakes::FakeRequest& request, fakes::FakeConnection& connection) {
           if (request.content_length < 1'000'000) return false;
           connection.Send({.status = 403});
           connection.ReadBody(2'000'000);  // as servers do before they close
           return true;
         });
  EXPECT_EQ(ExpectFailure().kind(), ErrorKind::kPermissionDenied);
}

TEST_F(PushFaults, SwallowedDigestIsNoticed) {
  Start();
  const std::string other = oci::Digest::OfText("other").ToString();
  Inject("PUT", "/manifests/", 1,
         AnswerWith({.status = 201, .headers = {{"Docker-Content-Digest", other}}}));
  EXPECT_EQ(ExpectFailure().kind(), ErrorKind::kCorrupt);
}

TEST_F(PushFaults, IndexIsPushedChildrenFirstTagLast) {
  Start();
  const auto other = fakes::MakeSampleImage({"another layer"}, "arm64");
  oci::Index index{"application/vnd.oci.image.index.v1+json", "", {}, {}, {}};
  fakes::SampleImage both = image_;
  both.bytes.insert(other.bytes.begin(), other.bytes.end());
  index.manifests = {image_.manifest, other.manifest};
  const std::string text = oci::Serialize(index);
  both.manifest = oci::DescriptorOf(index.media_type, text);
  both.bytes[both.manifest.digest] = text;
  SilentReporter reporter;
  RegistryClient client(OneByOne(), reporter);
  PushSample(both, client, registry_->Name("a/b:1"));
  std::vector<std::string> puts;
  for (const std::string& line : registry_->Requests()) {
    if (line.starts_with("PUT /v2/a/b/manifests/")) puts.push_back(line.substr(22, 15));
  }
  EXPECT_THAT(puts, ElementsAre(image_.manifest.digest.ToString().substr(0, 15),
                                other.manifest.digest.ToString().substr(0, 15), "1"));
}

TEST_F(PushFaults, IndexThatIsHereInPartIsPushedAsItsOneImage) {
  Start();
  const auto other = fakes::MakeSampleImage({"another layer"}, "arm64");
  oci::Index index{"application/vnd.oci.image.index.v1+json", "", {}, {}, {}};
  index.manifests = {image_.manifest, other.manifest};
  fakes::SampleImage part = image_;
  const std::string text = oci::Serialize(index);
  part.manifest = oci::DescriptorOf(index.media_type, text);
  part.bytes[part.manifest.digest] = text;
  SilentReporter reporter;
  RegistryClient client(OneByOne(), reporter);
  EXPECT_EQ(PushSample(part, client, registry_->Name("a/b:1")).root.digest, image_.manifest.digest);
}

TEST_F(PushFaults, EmptyBlobIsPushed) {
  image_ = fakes::MakeSampleImage({""});
  Start();
  ExpectPushed();
}

TEST_F(PushFaults, DeniedPushSaysWhatToDo) {
  Start({.auth = fakes::AuthKind::kBasic, .users = {{"u", "p"}}});
  const Error anonymous = ExpectFailure();
  EXPECT_EQ(anonymous.kind(), ErrorKind::kUnauthorized);
  EXPECT_THAT(anonymous.hint(), HasSubstr("ibuild login " + registry_->Host()));
  const Error wrong = ExpectFailure(SettingsWith("u", "wrong"));
  EXPECT_EQ(wrong.kind(), ErrorKind::kUnauthorized);
  EXPECT_THAT(wrong.hint(), HasSubstr("the test"));
}

}  // namespace
}  // namespace ibuild::registry
