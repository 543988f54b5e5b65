// ADD of a URL, with a function in place of the network.
#include <gmock/gmock.h>

#include "tests/builder/solve_fixture.h"
#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

using Headers = std::map<std::string, std::string>;
using testing::Contains;
using testing::IsEmpty;
using testing::Pair;

class AddUrlTest : public SolveTest {
 protected:
  BuildResult Add(const std::string& instruction) {
    request_.dockerfile = SourceText("Dockerfile", "FROM scratch\n" + instruction + "\n");
    BuildPorts ports = Ports();
    ports.fetch_url = [this](const std::string& url, const Headers& asked, ByteSink& sink,
                             Headers& headers) {
      urls_.push_back(url);
      asked_ = asked;
      headers = headers_;
      if (headers[":status"] != "304") sink.Write(AsBytes(content_));
    };
    return Build(request_, ports);
  }

  layers::TreeNode Find(const BuildResult& result, const std::string& path) {
    const auto stack = store_.layer_directories().FindStack(result.images.at(0).layers);
    return layers::LayeredTree(*stack).Find(CleanPath::Parse(path)).value();
  }

  std::string content_ = "from the web\n";
  Headers headers_ = {{"Last-Modified", "Wed, 24 Sep 2008 02:14:38 GMT"}};
  Headers asked_;
  std::vector<std::string> urls_;
};

TEST_F(AddUrlTest, TheFileIsPrivateAndAsOldAsTheServerSays) {
  const auto result = Add("ADD http://host/dir/file.txt?x=1 /d/");
  const auto node = Find(result, "d/file.txt");
  EXPECT_EQ(node.meta.mode, 0600u);
  EXPECT_EQ(node.meta.size, content_.size());
  EXPECT_EQ(node.meta.mtime.seconds, 1222222478);
}

TEST_F(AddUrlTest, WithoutATimeItIsFrom1970) {
  headers_.clear();
  EXPECT_EQ(Find(Add("ADD http://host/f /x"), "x").meta.mtime.seconds, 0);
}

TEST_F(AddUrlTest, TheContentIsAskedForEachTimeAndDecidesTheCache) {
  const std::string instruction = "ADD http://host/f /x";
  Add(instruction);
  EXPECT_EQ(Add(instruction).cached_steps, 1u);
  EXPECT_EQ(urls_.size(), 2u);
  content_ = "other";
  EXPECT_EQ(Add(instruction).cached_steps, 0u);
}

TEST_F(AddUrlTest, WhatHasNotChangedIsNotReadAgain) {
  headers_["etag"] = "\"v1\"";
  const std::string instruction = "ADD http://host/f /x";
  const auto first = Add(instruction);
  EXPECT_THAT(asked_, IsEmpty());
  headers_ = {{":status", "304"}};
  const auto second = Add(instruction);
  EXPECT_THAT(asked_, testing::ElementsAre(Pair("If-None-Match", "\"v1\"")));
  EXPECT_EQ(second.cached_steps, 1u);
  EXPECT_EQ(second.root.digest, first.root.digest);
}

TEST_F(AddUrlTest, WithoutCacheTheStoredBodyStillServes) {
  headers_["etag"] = "\"v1\"";
  const auto first = Add("ADD http://host/f /x");
  headers_ = {{":status", "304"}};
  request_.cache.no_cache = true;
  const auto second = Add("ADD http://host/f /x");
  EXPECT_EQ(second.cached_steps, 0u);
  EXPECT_EQ(Find(second, "x").meta.mtime.seconds, 1222222478);
  EXPECT_EQ(second.images[0].layers, first.images[0].layers);
}

TEST_F(AddUrlTest, ATimeTellsChangesApartOnlyWhenItIsOld) {
  headers_["Date"] = "Wed, 24 Sep 2008 02:14:40 GMT";
  Add("ADD http://host/f /x");
  Add("ADD http://host/f /x");
  EXPECT_THAT(asked_, IsEmpty());
  headers_["Date"] = "Wed, 24 Sep 2008 03:14:40 GMT";
  Add("ADD http://host/f /x");
  Add("ADD http://host/f /x");
  EXPECT_THAT(asked_, testing::ElementsAre(Pair("If-Modified-Since", headers_["Last-Modified"])));
}

TEST_F(AddUrlTest, AnAnswerOfNotModifiedToNoQuestionIsAnError) {
  headers_ = {{":status", "304"}};
  ExpectError(ErrorKind::kUnavailable, "304", [&] { Add("ADD http://host/f /x"); });
}

TEST_F(AddUrlTest, ADamagedCopyIsNoticedAndReadAgain) {
  headers_["etag"] = "\"v1\"";
  Add("ADD http://host/f /x");
  const auto digest = oci::Digest::OfText(content_);
  std::filesystem::permissions(store_.layout().Blob(digest), std::filesystem::perms::owner_all);
  WriteFileAtomically(store_.layout().Blob(digest), "from the dev\n");
  headers_[":status"] = "304";
  ExpectError(ErrorKind::kCorrupt, "", [&] { Add("ADD http://host/f /y"); });
  headers_.erase(":status");
  EXPECT_EQ(Find(Add("ADD http://host/f /y"), "y").meta.size, content_.size());
}

TEST_F(AddUrlTest, ASecretOfTheHostGoesAlongAndIntoNoKey) {
  const auto open = Add("ADD http://host/f /x");
  Write(root_.path(), "token", "hush");
  request_.secrets["HTTP_AUTH_TOKEN_host"].file = root_.path() / "token";
  const auto result = Add("ADD http://host/f /x");
  EXPECT_THAT(asked_, Contains(Pair("Authorization", "Bearer hush")));
  EXPECT_EQ(result.cached_steps, 1u);
}

TEST_F(AddUrlTest, AChecksumSavesTheQuestionAndMustMatch) {
  const std::string right = "sha256:" + ToHex(Sha256::Of(content_));
  const std::string instruction = "ADD --checksum=" + right + " http://host/f /x";
  Add(instruction);
  EXPECT_EQ(Add(instruction).cached_steps, 1u);
  EXPECT_EQ(urls_.size(), 1u);
  content_ = "tampered";
  ExpectError(ErrorKind::kInvalidInput, "digest mismatch",
              [&] { Add("ADD --checksum=" + right + " http://host/other /x"); });
}

}  // namespace
}  // namespace ibuild::builder
