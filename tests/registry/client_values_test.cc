// The pure parts of client/ and transfer/: endpoints, error answers, upload states, links, plans.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oci/media_type.h"
#include "registry/client/download.h"
#include "registry/client/endpoints.h"
#include "registry/client/error_response.h"
#include "registry/client/referrers.h"
#include "registry/client/tags.h"
#include "registry/client/upload_state.h"
#include "registry/transfer/fetch_blobs.h"
#include "registry/transfer/image_graph.h"
#include "registry/transfer/push_plan.h"
#include "support/error.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/registry_model.h"

namespace ibuild::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const oci::Digest kDigest = oci::Digest::OfText("x");

TEST(Endpoints, FollowTheDistributionSpec) {
  const Endpoints endpoints(Url::Parse("https://r:5000/"), "a/b");
  const std::string root = "https://r:5000/v2/a/b/";
  EXPECT_EQ(Endpoints::Ping(Url::Parse("https://r:5000/")).Wire(), "https://r:5000/v2/");
  EXPECT_EQ(endpoints.Blob(kDigest).Wire(), root + "blobs/" + kDigest.ToString());
  EXPECT_EQ(endpoints.Manifest("1.0").Wire(), root + "manifests/1.0");
  EXPECT_EQ(endpoints.StartUpload().Wire(), root + "blobs/uploads/");
  EXPECT_EQ(endpoints.Mount(kDigest, "c/d").Wire(),
            root + "blobs/uploads/?mount=sha256%3A" + kDigest.hex() + "&from=c%2Fd");
  EXPECT_EQ(endpoints.Tags(1000).Wire(), root + "tags/list?n=1000");
  EXPECT_EQ(endpoints.Referrers(kDigest, "t/y").Wire(),
            root + "referrers/" + kDigest.ToString() + "?artifactType=t%2Fy");
}

TEST(Endpoints, UploadLocationsRow40To42) {
  const Url asked = Url::Parse("https://r:5000/v2/a/b/blobs/uploads/");
  const auto location = [&](const char* text) {
    return Endpoints::UploadLocation(asked, text).Wire();
  };
  EXPECT_EQ(location("https://s/up?x=1"), "https://s/up?x=1");
  EXPECT_EQ(location("/up/1?_state=%3D"), "https://r:5000/up/1?_state=%3D");
  EXPECT_EQ(location("?q"), "https://r:5000/v2/a/b/blobs/uploads/?q");
  EXPECT_EQ(location("//s/up"), "https://s/up");
  EXPECT_EQ(location("r:5000/up"), "https://r:5000/up") << "the scheme is missing";
  EXPECT_EQ(location("http://r/up?a=b"), "https://r:5000/up?a=b") << "TLS is kept";
  EXPECT_THROW(Endpoints::UploadLocation(asked, " "), Error);
}

TEST(Endpoints, CommitKeepsTheState) {
  EXPECT_EQ(Endpoints::Commit(Url::Parse("https://r/u?_state=a%2Fb"), kDigest).Wire(),
            "https://r/u?_state=a%2Fb&digest=sha256%3A" + kDigest.hex());
}

TEST(ErrorResponse, ReadsTheFormsOfComplaints) {
  const auto text = [](const char* body) {
    std::string all;
    for (const auto& complaint : ParseComplaints(body)) {
      all += complaint.code + "|" + complaint.message + ";";
    }
    return all;
  };
  EXPECT_EQ(text(R"({"errors":[{"code":"DENIED","message":"no"},{"code":"X"}]})"), "DENIED|no;X|;");
  EXPECT_EQ(text(R"({"message":"gone"})"), "|gone;");
  EXPECT_EQ(text(R"({"details":"who"})"), "|who;");
  EXPECT_EQ(text("404 page not found\n"), "|404 page not found;");
  EXPECT_EQ(text("<html>no</html>"), "");
  EXPECT_EQ(text(R"({"errors":"no"})"), "");
  EXPECT_EQ(text(""), "");
}

TEST(ErrorResponse, Row20TerminalEscapesArePrintedAsText) {
  const auto complaints = ParseComplaints("{\"message\":\"a\\u001b[31mred\"}");
  ASSERT_EQ(complaints.size(), 1u);
  EXPECT_THAT(complaints[0].message, Not(HasSubstr("\x1b")));
}

TEST(DeniedHint, DockersOwnNamespace) {
  const auto repository = oci::Reference::Parse("app").repository();
  const std::string hint = DeniedHint(repository, Access::kPush, std::nullopt);
  EXPECT_THAT(hint, HasSubstr("USER/app"));
  EXPECT_THAT(hint, HasSubstr("ibuild tag app USER/app"));
  EXPECT_THAT(hint, HasSubstr("ibuild login"));
  EXPECT_THAT(DeniedHint(repository, Access::kPush, UsedCredential{"me", "f"}),
              HasSubstr("ibuild tag app me/app"));
}

TEST(DeniedHint, SomeoneElsesNamespace) {
  const auto repository = oci::Reference::Parse("r.example/other/app").repository();
  EXPECT_EQ(DeniedHint(repository, Access::kPush, std::nullopt),
            "log in first: `ibuild login r.example`");
  const std::string hint = DeniedHint(repository, Access::kPush, UsedCredential{"me", "f.json"});
  EXPECT_THAT(hint, HasSubstr("r.example/me/app"));
  EXPECT_THAT(hint, HasSubstr("f.json"));
  EXPECT_THAT(DeniedHint(repository, Access::kPull, std::nullopt), HasSubstr("may not exist"));
}

TEST(UploadState, MovesAfterAnswers) {
  constexpr UploadMode kPut = UploadMode::kWholePut;
  EXPECT_EQ(NextMove(UploadStep::kWhole, kPut, 201), UploadMove::kDone);
  for (const int status : {200, 202, 204}) {
    EXPECT_EQ(NextMove(UploadStep::kWhole, kPut, status), UploadMove::kCheckBlob) << status;
    EXPECT_EQ(NextMove(UploadStep::kPatch, kPut, status), UploadMove::kGoOn) << status;
  }
  EXPECT_EQ(NextMove(UploadStep::kPatch, kPut, 201), UploadMove::kGoOn) << "one registry says so";
  for (const int status : {408, 429, 500, 503, 416}) {
    EXPECT_EQ(NextMove(UploadStep::kPatch, kPut, status), UploadMove::kAskStatus) << status;
  }
  for (const int status : {400, 404, 405, 411, 415}) {
    EXPECT_EQ(NextMove(UploadStep::kWhole, kPut, status), UploadMove::kSimplerMode) << status;
    EXPECT_EQ(NextMove(UploadStep::kPatch, UploadMode::kChunks, status), UploadMove::kFail);
  }
  for (const int status : {401, 403, 413}) {
    EXPECT_EQ(NextMove(UploadStep::kWhole, kPut, status), UploadMove::kFail) << status;
  }
}

TEST(UploadState, BytesHeldByASession) {
  EXPECT_EQ(BytesHeld("0-0"), 0u);
  EXPECT_EQ(BytesHeld("0-99"), 100u);
  EXPECT_EQ(BytesHeld("bytes=0-99"), 100u);
  for (const char* text : {"", "5-99", "0-", "0-x", "99"}) EXPECT_EQ(BytesHeld(text), std::nullopt);
}

TEST(ContentRange, Parse) {
  const auto range = ContentRange::Parse("bytes 5-9/20");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 5u);
  EXPECT_EQ(range->last, 9u);
  EXPECT_EQ(range->total, 20u);
  EXPECT_EQ(ContentRange::Parse("bytes 5-9/*")->total, std::nullopt);
  for (const char* text : {"", "bytes", "bytes 9-5/20", "bytes 5-9", "bytes x-9/20", "bytes 5-9/x",
                           "items 5-9/20", "bytes 5-9/20,10-11/20"}) {
    EXPECT_FALSE(ContentRange::Parse(text)) << text;
  }
}

TEST(NextLink, FindsTheNextRelation) {
  EXPECT_EQ(NextLink({"</v2/a/tags/list?n=2&last=b>; rel=\"next\""}), "/v2/a/tags/list?n=2&last=b");
  EXPECT_EQ(NextLink({"</prev>; rel=prev, </next>; title=\"x\"; REL=next"}), "/next");
  EXPECT_EQ(NextLink({"</a>; rel=first", "</b>; rel=next"}), "/b");
  for (const char* text : {"", "<", "</a", "</a>", "</a>; rel=prev", "rel=next"}) {
    EXPECT_EQ(NextLink({text}), std::nullopt) << text;
  }
}

TEST(Referrers, FallbackTag) { EXPECT_EQ(ReferrersTag(kDigest), "sha256-" + kDigest.hex()); }

class PushPlanTest : public ::testing::Test {
 protected:
  fakes::SampleImage image_ =
      fakes::MakeSampleImage({std::string(100'000, 'a'), std::string(50'000, 'b'), "small"});
  fakes::MemoryStore store_{image_.bytes};
  ImageGraph graph_ = ReadImageGraph(store_, image_.manifest);
};

TEST_F(PushPlanTest, EverythingIsSentTheLargestFirst) {
  const PushPlan plan = PlanPush(graph_, {}, {.tags = {"1"}, .mount_from = "base"});
  ASSERT_EQ(plan.uploads.size(), 4u);
  EXPECT_EQ(plan.uploads[0].blob.size, 100'000u);
  EXPECT_EQ(plan.uploads[0].mount_from, "base");
  EXPECT_EQ(plan.uploads[3].blob.size, 5u);
  EXPECT_EQ(plan.uploads[3].mount_from, "") << "not worth a round trip";
  EXPECT_TRUE(plan.documents.empty());
  EXPECT_THAT(plan.root_selectors, ElementsAre("1"));
}

TEST_F(PushPlanTest, WhatIsThereIsNotSent) {
  const PushSurvey survey{{image_.layers[0].digest, image_.config.digest}, {}};
  const PushPlan plan = PlanPush(graph_, survey, {.tags = {"1", "2"}});
  EXPECT_EQ(plan.existing.size(), 2u);
  EXPECT_EQ(plan.uploads.size(), 2u);
  EXPECT_THAT(plan.root_selectors, ElementsAre("1", "2"));
}

TEST_F(PushPlanTest, ATagThatIsCurrentMeansOnlyTheOthersAreNamed) {
  const PushPlan plan = PlanPush(graph_, {{}, {"1"}}, {.tags = {"1", "2"}});
  EXPECT_TRUE(plan.uploads.empty());
  EXPECT_THAT(plan.root_selectors, ElementsAre("2"));
}

TEST_F(PushPlanTest, WithoutTagTheRootIsPutByDigest) {
  const PushPlan plan = PlanPush(graph_, {}, {});
  EXPECT_THAT(plan.root_selectors, ElementsAre(image_.manifest.digest.ToString()));
}

TEST_F(PushPlanTest, DumpHasOneLineAStep) {
  const PushSurvey survey{{image_.layers[0].digest}, {}};
  const std::string text = Dump(PlanPush(graph_, survey, {.tags = {"1"}}), graph_);
  EXPECT_EQ(text.find("have " + image_.layers[0].digest.Short()), 0u);
  EXPECT_THAT(text, HasSubstr("upload " + image_.layers[1].digest.Short() + " 50000 bytes\n"));
  EXPECT_THAT(text, HasSubstr("name " + image_.manifest.digest.Short() + " 1\n"));
}

TEST(PushPlan, ForeignLayersAreLeftOutUnlessAskedFor) {
  ImageGraph graph;
  oci::Descriptor foreign =
      oci::DescriptorOf("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "x");
  graph.blobs = {foreign};
  graph.documents = {{oci::DescriptorOf(std::string(oci::kOciManifest), "{}"), "{}"}};
  EXPECT_EQ(PlanPush(graph, {}, {}).left_out.size(), 1u);
  EXPECT_EQ(PlanPush(graph, {}, {.foreign_layers = true}).uploads.size(), 1u);
}

TEST(ImageGraph, TooManyLayersAreRefused) {
  oci::Manifest manifest{
      std::string(oci::kOciManifest), "", oci::DescriptorOf("c", "c"), {}, {}, {}};
  manifest.layers.assign(kMostChildren + 1, oci::DescriptorOf("l", "l"));
  EXPECT_THROW(CheckSizes(manifest, "x"), Error);
}

TEST(ImageGraph, DeepNestingIsRefused) {
  fakes::MemoryStore store;
  oci::Descriptor inner = oci::DescriptorOf(std::string(oci::kOciManifest), "{}");
  for (int depth = 0; depth < 7; ++depth) {
    oci::Index index{std::string(oci::kOciIndex), "", {inner}, {}, {}};
    const std::string text = oci::Serialize(index);
    inner = oci::DescriptorOf(index.media_type, text);
    StringSource source(text);
    store.Put(inner, source);
  }
  EXPECT_THROW(ReadImageGraph(store, inner), Error);
}

TEST(FetchOrder, ConfigFirstThenTheLargest) {
  const auto config = oci::DescriptorOf("c", "config");
  const auto small = oci::DescriptorOf("l", "1");
  const auto large = oci::DescriptorOf("l", "123456789");
  EXPECT_THAT(FetchOrder(config, {small, large}), ElementsAre(config, large, small));
}

}  // namespace
}  // namespace ibuild::registry
