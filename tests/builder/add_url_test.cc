// ADD of a URL, with a function in place of the network.
#include <gmock/gmock.h>

#include "tests/builder/solve_fixture.h"
#include "tests/expect_error.h"

namespace ibuild::builder {
namespace {

class AddUrlTest : public SolveTest {
 protected:
  BuildResult Add(const std::string& instruction) {
    request_.dockerfile = SourceText("Dockerfile", "FROM scratch\n" + instruction + "\n");
    BuildPorts ports = Ports();
    ports.fetch_url = [this](const std::string& url, const std::map<std::string, std::string>&,
                             ByteSink& sink, std::map<std::string, std::string>& headers) {
      urls_.push_back(url);
      headers = headers_;
      sink.Write(AsBytes(content_));
    };
    return Build(request_, ports);
  }

  layers::TreeNode Find(const BuildResult& result, const std::string& path) {
    const auto stack = store_.layer_directories().FindStack(result.images.at(0).layers);
    return layers::LayeredTree(*stack).Find(CleanPath::Parse(path)).value();
  }

  std::string content_ = "from the web\n";
  std::map<std::string, std::string> headers_ = {
      {"Last-Modified", "Wed, 24 Sep 2008 02:14:38 GMT"}};
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
