// Tags and referrers, copying, resolving: what is left of the clients and of transfer/.
#include "oci/media_type.h"
#include "registry/client/catalog.h"
#include "registry/client/referrers.h"
#include "registry/client/tags.h"
#include "registry/transfer/copy.h"
#include "registry/transfer/remote_resolver.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using fakes::AnswerWith;
using fakes::InProcessRegistry;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const oci::Platform kAmd64{"linux", "amd64", "", "", {}};

class Discovery : public ::testing::Test {
 protected:
  RepositoryAccess Open(const std::string& name) {
    return client_.Open(oci::Reference::Parse(registry_.Name(name)).repository(), Access::kPull);
  }
  void Answer(const std::string& path_part, int times, fakes::FakeResponse response) {
    registry_.Inject({"GET", path_part, times, AnswerWith(std::move(response))});
  }
  // An index over these images, tagged.
  oci::Descriptor AddIndex(const std::string& tag, const std::vector<oci::Descriptor>& images) {
    oci::Index index{std::string(oci::kOciIndex), "", images, {}, {}};
    oci::Descriptor descriptor = oci::DescriptorOf("", "");
    registry_.WithModel([&](fakes::RegistryModel& model) {
      descriptor = model.AddManifest("a/b", tag, index.media_type, oci::Serialize(index));
    });
    return descriptor;
  }

  InProcessRegistry registry_;
  RecordingReporter reporter_;
  RegistryClient client_{ImpatientSettings(), reporter_};
  fakes::SampleImage image_ = fakes::MakeSampleImage({Noise(50'000)});
  fakes::SampleImage arm_ = fakes::MakeSampleImage({Noise(40'000, 3)}, "arm64");
};

TEST_F(Discovery, TagsComeSortedFromAllPages) {
  Answer("/tags/", 1,
         {.headers = {{"Link", "</v2/a/b/tags/list?last=b>; rel=\"next\""}},
          .body = R"({"tags":["b","a"]})"});
  Answer("/tags/", 1, {.body = R"({"name":"a/b","tags":["c"]})"});
  EXPECT_THAT(ListTags(Open("a/b")), ElementsAre("a", "b", "c"));
}

TEST_F(Discovery, Row51LinkToItselfEnds) {
  Answer("/tags/", -1,
         {.headers = {{"Link", "</v2/a/b/tags/list>; rel=\"next\""}}, .body = R"({"tags":["a"]})"});
  EXPECT_THAT(ListTags(Open("a/b")), ElementsAre("a"));
  EXPECT_EQ(registry_.CountRequests("GET /v2/a/b/tags"), 2u);
}

TEST_F(Discovery, Row51LinkToAnotherOriginIsRefused) {
  Answer(
      "/tags/", -1,
      {.headers = {{"Link", "<http://127.0.0.1:1/x>; rel=\"next\""}}, .body = R"({"tags":["a"]})"});
  EXPECT_EQ(ErrorOf([&] { ListTags(Open("a/b")); }).kind(), ErrorKind::kPermissionDenied);
}

TEST_F(Discovery, NullTagsAreNoneAndOddNamesAreLeftOut) {
  Answer("/tags/", 1, {.body = R"({"tags":null})"});
  EXPECT_THAT(ListTags(Open("a/b")), IsEmpty());
  Answer("/tags/", 1, {.body = "{\"tags\":[\"ok\",\"\\u001b[31m\",\"../x\"]}"});
  EXPECT_THAT(ListTags(Open("a/b")), ElementsAre("ok"));
}

TEST_F(Discovery, Row20CatalogShowsNamesOnly) {
  Answer("/v2/_catalog", 1,
         {.body = R"({"repositories":["a/b","x\u001b[2J","","c_d","a//b","-x","a..b","/","a/"]})"});
  const auto host = oci::Reference::Parse(registry_.Name("a/b")).repository().host;
  EXPECT_THAT(ListRepositories(client_, host, {}), ElementsAre("a/b", "c_d"));
}

TEST_F(Discovery, UnknownRepositoryIsNotFound) {
  EXPECT_EQ(ErrorOf([&] { ListTags(Open("no/thing")); }).kind(), ErrorKind::kNotFound);
}

TEST_F(Discovery, ReferrersByTheApi) {
  const oci::Index index{std::string(oci::kOciIndex), "", {image_.manifest}, {}, {}};
  Answer(
      "/referrers/", 1,
      {.headers = {{"Content-Type", std::string(oci::kOciIndex)}}, .body = oci::Serialize(index)});
  EXPECT_THAT(ListReferrers(Open("a/b"), image_.config.digest), SizeIs(1));
}

TEST_F(Discovery, ReferrersByTheFallbackTag) {
  EXPECT_THAT(ListReferrers(Open("a/b"), image_.config.digest), IsEmpty());
  registry_.WithModel(
      [&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  AddIndex(ReferrersTag(image_.config.digest), {image_.manifest});
  EXPECT_THAT(ListReferrers(Open("a/b"), image_.config.digest), SizeIs(1));
}

TEST_F(Discovery, FallbackTagThatNamesTheSubjectItselfIsNoList) {
  const oci::Descriptor index = AddIndex("1", {image_.manifest});
  AddIndex(ReferrersTag(index.digest), {image_.manifest});
  EXPECT_THAT(ListReferrers(Open("a/b"), index.digest), IsEmpty());
}

TEST_F(Discovery, PullOfOnePlatformKeepsTheIndex) {
  registry_.WithModel([&](fakes::RegistryModel& model) {
    fakes::AddImage(model, "a/b", "", image_);
    fakes::AddImage(model, "a/b", "", arm_);
  });
  oci::Descriptor amd64 = image_.manifest;
  amd64.platform = kAmd64;
  oci::Descriptor arm64 = arm_.manifest;
  arm64.platform = oci::Platform{"linux", "arm64", "", "", {}};
  const oci::Descriptor index = AddIndex("1", {arm64, amd64});
  fakes::MemoryStore store;
  const PulledImage pulled = PullInto(store, client_, registry_.Name("a/b:1"));
  EXPECT_EQ(pulled.root.digest, index.digest);
  EXPECT_EQ(pulled.manifest.digest, image_.manifest.digest);
  EXPECT_FALSE(store.Has(arm_.manifest.digest));

  PullRequest all{oci::Reference::Parse(registry_.Name("a/b:1")), std::nullopt};
  EXPECT_EQ(Pull(all, client_, store, reporter_).manifest.digest, index.digest);
  EXPECT_TRUE(store.Has(arm_.layers[0].digest));
}

TEST_F(Discovery, MissingPlatformListsWhatThereIs) {
  oci::Descriptor arm64 = arm_.manifest;
  arm64.platform = oci::Platform{"linux", "arm64", "", "", {}};
  AddIndex("1", {arm64});
  fakes::MemoryStore store;
  const Error error = ErrorOf([&] { PullInto(store, client_, registry_.Name("a/b:1")); });
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_THAT(std::string(error.what()) + error.hint(), HasSubstr("linux/arm64"));
}

TEST_F(Discovery, CopyBetweenRegistriesKeepsTheDigest) {
  registry_.WithModel(
      [&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  InProcessRegistry other;
  const PushReceipt receipt = CopyImage(
      {oci::Reference::Parse(registry_.Name("a/b:1")), oci::Reference::Parse(other.Name("c/d:2"))},
      client_, client_, reporter_);
  EXPECT_EQ(receipt.root.digest, image_.manifest.digest);
  EXPECT_EQ(other.TagDigest("c/d", "2"), image_.manifest.digest.ToString());
  EXPECT_TRUE(other.HasBlob("c/d", image_.layers[0].digest));
}

class Resolving : public Discovery {
 protected:
  void SetUp() override {
    registry_.WithModel(
        [&](fakes::RegistryModel& model) { fakes::AddImage(model, "a/b", "1", image_); });
  }

  oci::ResolvedImage Resolve(const std::string& name, oci::PullPolicy policy) {
    return resolver_.Resolve(oci::Reference::Parse(registry_.Name(name)), kAmd64, policy);
  }

  fakes::MemoryStore store_;
  std::map<oci::Reference, oci::Descriptor> names_;
  RemoteImageResolver resolver_{
      client_,
      store_,
      {[this](const oci::Reference& reference) -> std::optional<oci::Descriptor> {
         const auto found = names_.find(reference);
         return found == names_.end() ? std::nullopt : std::optional(found->second);
       },
       [this](const oci::Reference& reference, const oci::Descriptor& root) {
         names_.emplace(reference, root);
       }},
      reporter_};
};

TEST_F(Resolving, MissingImageIsFetchedWithoutItsLayers) {
  const oci::ResolvedImage image = Resolve("a/b:1", oci::PullPolicy::kMissing);
  EXPECT_EQ(image.manifest.digest, image_.manifest.digest);
  EXPECT_EQ(image.config.platform.architecture, "amd64");
  EXPECT_FALSE(store_.Has(image_.layers[0].digest));
  resolver_.FetchLayers(oci::Reference::Parse(registry_.Name("a/b:1")), image, {});
  EXPECT_TRUE(store_.Has(image_.layers[0].digest));
}

TEST_F(Resolving, KnownImageNeedsNoRequest) {
  Resolve("a/b:1", oci::PullPolicy::kMissing);
  const std::size_t before = registry_.Requests().size();
  const oci::ResolvedImage image = Resolve("a/b:1", oci::PullPolicy::kMissing);
  EXPECT_EQ(image.config.diff_ids.size(), 1u);
  EXPECT_EQ(registry_.Requests().size(), before);
}

TEST_F(Resolving, AlwaysAsksForTagsButNotForDigests) {
  Resolve("a/b:1", oci::PullPolicy::kMissing);
  const std::string pinned = "a/b@" + image_.manifest.digest.ToString();
  Resolve(pinned, oci::PullPolicy::kMissing);
  const std::size_t before = registry_.CountRequests("GET /v2/a/b/manifests");
  Resolve("a/b:1", oci::PullPolicy::kAlways);
  Resolve(pinned, oci::PullPolicy::kAlways);
  EXPECT_EQ(registry_.CountRequests("GET /v2/a/b/manifests"), before + 1);
}

TEST_F(Resolving, NeverFailsWithoutARequest) {
  EXPECT_EQ(ErrorOf([&] { Resolve("a/b:1", oci::PullPolicy::kNever); }).kind(),
            ErrorKind::kNotFound);
  EXPECT_THAT(registry_.Requests(), IsEmpty());
}

TEST_F(Resolving, LostPiecesAreFetchedAgain) {
  Resolve("a/b:1", oci::PullPolicy::kMissing);
  for (const oci::Digest& lost : {image_.manifest.digest, image_.config.digest}) {
    store_.Remove(lost);
    EXPECT_NO_THROW(Resolve("a/b:1", oci::PullPolicy::kMissing));
    EXPECT_TRUE(store_.Has(lost));
  }
}

}  // namespace
}  // namespace ibuild::registry
