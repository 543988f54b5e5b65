// How often something is asked again, for how long, and who hears of it.
#include "registry/client/referrers.h"
#include "registry/client/tags.h"
#include "registry/http/logging_transport.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using fakes::AnswerWith;
using fakes::InProcessRegistry;
using fakes::TamperWith;
using ::testing::HasSubstr;

class Patience : public ::testing::Test {
 protected:
  void SetUp() override {
    registry_.WithModel(
        [&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  }

  PulledImage Pull(RegistrySettings settings = ImpatientSettings()) {
    RegistryClient client(std::move(settings), reporter_);
    fakes::MemoryStore store;
    return PullInto(store, client, registry_.Name("a/b:1"), &reporter_);
  }

  PushReceipt Push(const std::string& name = "c/d:1",
                   const std::vector<oci::Repository>& mount_from = {}) {
    RegistryClient client(ImpatientSettings(), reporter_);
    fakes::MemoryStore store(image_.bytes);
    PushRequest request{oci::Reference::Parse(registry_.Name(name)), image_.manifest};
    request.mount_from = mount_from;
    return registry::Push(request, store, client, reporter_);
  }

  fakes::SampleImage image_ = fakes::MakeSampleImage({Noise(100'000)});
  InProcessRegistry registry_;
  RecordingReporter reporter_;
};

TEST_F(Patience, CutInsideAManifestIsRetried) {
  registry_.Inject({"GET", "/manifests/", 1, TamperWith({.cut_after = 20})});
  EXPECT_EQ(Pull().root.digest, image_.manifest.digest);
  EXPECT_EQ(registry_.CountRequests("GET /v2/a/b/manifests/1"), 2u);
}

TEST_F(Patience, StallInsideAManifestIsRetried) {
  registry_.Inject({"GET", "/manifests/", 1, TamperWith({.stall_after = 20})});
  EXPECT_EQ(Pull().root.digest, image_.manifest.digest);
}

TEST_F(Patience, CutInsideTagsIsRetried) {
  registry_.Inject({"GET", "/tags/list", 1, TamperWith({.cut_after = 3})});
  RegistryClient client(ImpatientSettings(), reporter_);
  EXPECT_EQ(ListTags(client.Open(oci::Reference::Parse(registry_.Name("a/b")).repository(),
                                 Access::kPull))
                .size(),
            1u);
}

TEST_F(Patience, CutInsideATokenIsRetried) {
  InProcessRegistry guarded({.auth = fakes::AuthKind::kToken, .users = {{"me", "pw"}}});
  guarded.WithModel(
      [&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  guarded.Inject({"GET", "/token", 1, TamperWith({.cut_after = 4})});
  RegistryClient client(SettingsWith("me", "pw"), reporter_);
  fakes::MemoryStore store;
  EXPECT_EQ(PullInto(store, client, guarded.Name("a/b:1")).root.digest, image_.manifest.digest);
}

TEST_F(Patience, ABlobThatAlwaysFailsIsAskedForSixTimes) {
  const std::string path = "/blobs/" + image_.layers[0].digest.ToString();
  registry_.Inject({"GET", path, -1, AnswerWith(500)});
  EXPECT_EQ(ErrorOf([&] { Pull(); }).kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(registry_.CountRequests("GET /v2/a/b" + path), 6u);
}

TEST_F(Patience, ABlobThatAlwaysBreaksOffIsAskedForSixTimes) {
  const std::string path = "/blobs/" + image_.layers[0].digest.ToString();
  registry_.Inject({"GET", path, -1, TamperWith({.cut_after = 0})});
  EXPECT_EQ(ErrorOf([&] { Pull(); }).kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(registry_.CountRequests("GET /v2/a/b" + path), 6u);
}

TEST_F(Patience, AnUploadThatAlwaysFailsIsTriedSixTimes) {
  registry_.Inject({"PUT", "/blobs/uploads/", -1, AnswerWith(500)});
  EXPECT_EQ(ErrorOf([&] { Push(); }).kind(), ErrorKind::kUnavailable);
  EXPECT_LE(registry_.CountRequests("PUT /v2/c/d/blobs/uploads/"), 12u);  // of two blobs
}

TEST_F(Patience, AMountThatFailsCostsOneRequest) {
  for (const int status : {401, 404, 500, 503}) {
    registry_.Inject({"POST", "/blobs/uploads/", -1,
                      [status](const fakes::FakeRequest& request, fakes::FakeConnection& c) {
                        if (!request.Parameter("mount")) return false;
                        c.Send({.status = status});
                        return true;
                      }});
    const std::size_t before = registry_.CountRequests("POST ");
    const std::string target = "c/d" + std::to_string(status) + ":1";
    EXPECT_EQ(Push(target, {oci::Reference::Parse(registry_.Name("a/b")).repository()}).sent, 2u);
    // One mount, and an upload for each of two blobs.
    EXPECT_EQ(registry_.CountRequests("POST ") - before, 3u) << status;
  }
}

TEST_F(Patience, RetryAfterHoldsForEveryRequestToTheHost) {
  RetrySettings settings;
  std::vector<Milliseconds> waits;
  Backoff backoff(settings, reporter_,
                  [&](Milliseconds delay, std::stop_token) { waits.push_back(delay); });
  const Url url = Url::Parse("https://r.example/");
  const Origin origin = url.origin();
  HttpResponse response(url);
  response.status = 429;
  response.headers.Add("Retry-After", "60");
  EXPECT_TRUE(backoff.Postpone(origin, response, 1));
  backoff.WaitUntilWelcome(origin, {});
  backoff.WaitUntilWelcome(origin, {});  // somebody else, meanwhile
  ASSERT_EQ(waits.size(), 2u);
  EXPECT_GT(waits[1], Milliseconds(59'000));
}

TEST_F(Patience, WaitsAreToldOnceNothingHasBeenHeardForAWhile) {
  RetrySettings settings;
  Backoff backoff(settings, reporter_, [](Milliseconds, std::stop_token) {});
  Attempts attempts(backoff);
  const HttpRequest request(Method::kGet, Url::Parse("https://r.example/v2/"));
  HttpResponse response(request.url);
  response.status = 502;
  while (attempts.GoOnAfter(response, request)) {
  }
  EXPECT_THAT(reporter_.Text(), HasSubstr("r.example: answers 502; trying again in"));
}

TEST_F(Patience, RegistrysWarningsAreShownOnceAndHarmless) {
  registry_.Inject(
      {"GET", "", -1, TamperWith({.set_headers = {{"Warning", "299 - \"moving \x1b[31msoon\""}}})});
  Pull();
  const std::string text = reporter_.Text();
  EXPECT_THAT(text, HasSubstr("says: moving \\x1b[31msoon"));
  EXPECT_EQ(text.find("moving"), text.rfind("moving"));
  EXPECT_EQ(WarningText("110 - \"stale\""), std::nullopt);
}

TEST_F(Patience, IndexThatDescribesAnImageWronglyIsNotKept) {
  const fakes::SampleImage amd = fakes::MakeSampleImage({Noise(1000, 3)});
  const auto index_with = [&](std::uint64_t size) {
    return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)"
           R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" +
           amd.manifest.digest.ToString() + R"(","size":)" + std::to_string(size) +
           R"(,"platform":{"os":"linux","architecture":"amd64"}}]})";
  };
  registry_.WithModel([&](fakes::RegistryModel& model) {
    fakes::AddImage(model, "i/x", "amd", amd);
    model.AddManifest("i/x", "bad", "application/vnd.oci.image.index.v1+json",
                      index_with(amd.manifest.size + 1));
    model.AddManifest("i/x", "good", "application/vnd.oci.image.index.v1+json",
                      index_with(amd.manifest.size));
  });
  RegistryClient client(ImpatientSettings(), reporter_);
  fakes::MemoryStore store;
  EXPECT_EQ(ErrorOf([&] { PullInto(store, client, registry_.Name("i/x:bad")); }).kind(),
            ErrorKind::kCorrupt);
  PullInto(store, client, registry_.Name("i/x:good"));
}

TEST_F(Patience, ContentEncodingOnRightBytesIsRight) {
  registry_.Inject(
      {"GET", "/blobs/", -1, TamperWith({.set_headers = {{"Content-Encoding", "gzip"}}})});
  EXPECT_EQ(Pull().root.digest, image_.manifest.digest);
}

TEST_F(Patience, ImageForAnotherPlatformIsTold) {
  const fakes::SampleImage arm = fakes::MakeSampleImage({Noise(1000, 4)}, "arm64");
  registry_.WithModel(
      [&](fakes::RegistryModel& model) { fakes::AddImage(model, "arm/x", "1", arm); });
  RegistryClient client(ImpatientSettings(), reporter_);
  fakes::MemoryStore store;
  PullInto(store, client, registry_.Name("arm/x:1"), &reporter_);
  EXPECT_THAT(reporter_.Text(), HasSubstr("InvalidBaseImagePlatform"));
}

TEST_F(Patience, WhatIsHereByDigestAsksNobody) {
  RegistryClient client(ImpatientSettings(), reporter_);
  fakes::MemoryStore store;
  const PulledImage first = PullInto(store, client, registry_.Name("a/b:1"));
  const std::size_t before = registry_.connections();
  RegistryClient other(ImpatientSettings(), reporter_);
  PullRequest request{oci::Reference::Parse(registry_.Name("a/b:1")).WithDigest(first.root.digest),
                      oci::Platform{"linux", "amd64", "", "", {}}};
  request.known = first.root;
  EXPECT_EQ(registry::Pull(request, other, store, reporter_).root.digest, first.root.digest);
  EXPECT_EQ(registry_.connections(), before);
}

TEST_F(Patience, WhatNamesASubjectIsFoundFromItOnceItIsPushed) {
  fakes::SampleImage signature = fakes::MakeSampleImage({"a signature"});
  oci::Manifest manifest = std::get<oci::Manifest>(oci::ParseManifest(
      signature.bytes.at(signature.manifest.digest), signature.manifest.media_type, "it"));
  manifest.artifact_type = "application/x.signature";
  manifest.subject = image_.manifest;
  const std::string text = oci::Serialize(manifest);
  signature.manifest = oci::DescriptorOf(signature.manifest.media_type, text);
  signature.bytes.emplace(signature.manifest.digest, text);
  RegistryClient client(ImpatientSettings(), reporter_);
  PushSample(signature, client, registry_.Name("a/b@" + signature.manifest.digest.ToString()));
  const auto found = ListReferrers(
      client.Open(oci::Reference::Parse(registry_.Name("a/b")).repository(), Access::kPull),
      image_.manifest.digest);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].digest, signature.manifest.digest);
  EXPECT_EQ(found[0].artifact_type, "application/x.signature");
}

TEST_F(Patience, AttachedThingIsFoundWithoutAnApi) {
  RegistryClient client(ImpatientSettings(), reporter_);
  const RepositoryAccess access =
      client.Open(oci::Reference::Parse(registry_.Name("a/b")).repository(), Access::kPush);
  const oci::Digest subject = image_.config.digest;
  RecordReferrer(access, subject, image_.manifest);
  RecordReferrer(access, subject, image_.manifest);
  EXPECT_EQ(ListReferrers(access, subject).size(), 1u);
}

}  // namespace
}  // namespace ibuild::registry
