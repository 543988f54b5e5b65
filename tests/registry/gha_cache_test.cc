// A shared cache in the actions cache service: against a server that speaks version 2 of its
// protocol, keeps entries as they were written, and finds them as the service does.
#include "registry/cache/gha_cache.h"

#include <fmt/format.h>

#include "support/json.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using fakes::FakeConnection;
using fakes::FakeRequest;
using testing::HasSubstr;

class ActionsService {
 public:
  ActionsService() : server_([this](const auto& request, auto& to) { Handle(request, to); }) {}

  std::string Url() const { return "http://" + server_.Address() + "/"; }

  struct Entry {
    std::string key;
    std::string version;
    std::string content;
    bool finished = false;
  };
  std::vector<Entry> entries;  // in the order in which they were made
  int status = 0;              // of every answer, when not 0

 private:
  void Handle(const FakeRequest& request, FakeConnection& to) {
    const std::string body = to.ReadWholeBody();
    const std::lock_guard lock(mutex_);
    if (status != 0) return to.Send({.status = status});
    if (request.path.starts_with("/blob/")) return to.Send(Blob(request, body));
    if (request.Header("Authorization") != "Bearer the token") return to.Send({.status = 401});
    const Json asked = ParseJson(body, "request");
    const std::string method = request.path.substr(request.path.rfind('/') + 1);
    Json answer = {{"ok", false}};
    if (method == "GetCacheEntryDownloadURL") answer = Find(asked);
    if (method == "CreateCacheEntry") answer = Create(asked);
    if (method == "FinalizeCacheEntryUpload") answer = Finish(asked);
    to.Send({.status = 200,
             .headers = {{"Content-Type", "application/json"}},
             .body = DumpJson(answer)});
  }

  std::string Signed(std::size_t index) const {
    return Url() + fmt::format("blob/{}?sig=x", index);
  }

  fakes::FakeResponse Blob(const FakeRequest& request, const std::string& body) {
    Entry& entry = entries.at(std::stoul(request.path.substr(6)));
    if (request.method != "PUT") return {.status = 200, .body = entry.content};
    if (request.Header("x-ms-blob-type") != "BlockBlob") return {.status = 400};
    entry.content = body;
    return {.status = 201};
  }

  Json Find(const Json& asked) const {
    std::vector<std::string> keys = {asked["key"]};
    for (const auto& key : asked["restore_keys"]) keys.push_back(key);
    for (std::size_t k = 0; k < keys.size(); ++k) {
      for (std::size_t i = entries.size(); i-- > 0;) {
        const Entry& entry = entries[i];
        const bool same = k == 0 ? entry.key == keys[k] : entry.key.starts_with(keys[k]);
        if (!entry.finished || !same || entry.version != asked["version"]) continue;
        return {{"ok", true}, {"signed_download_url", Signed(i)}, {"matched_key", entry.key}};
      }
    }
    return {{"ok", false}};
  }

  Json Create(const Json& asked) {
    for (const Entry& entry : entries) {
      if (entry.key == asked["key"]) return {{"ok", false}};
    }
    entries.push_back({asked["key"], asked["version"], "", false});
    return {{"ok", true}, {"signed_upload_url", Signed(entries.size() - 1)}};
  }

  Json Finish(const Json& asked) {
    for (Entry& entry : entries) {
      if (entry.key != asked["key"]) continue;
      entry.finished = std::to_string(entry.content.size()) == asked["size_bytes"];
      return {{"ok", entry.finished}, {"entry_id", "1"}};
    }
    return {{"ok", false}};
  }

  std::mutex mutex_;
  fakes::FakeHttpServer server_;  // last: it stops before the rest goes
};

class GhaCacheTest : public testing::Test {
 protected:
  GhaCache Open(const std::string& token = "the token") {
    return GhaCache(client_.transport_without_credentials(),
                    {.service = service_.Url(), .token = Secret(token), .scope = "main"});
  }
  static oci::SharedCache::Merge Add(const std::string& word) {
    return [word](const std::optional<std::string>& current) -> std::optional<oci::CacheAnswers> {
      if (current && current->find(word) != std::string::npos) return std::nullopt;
      return oci::CacheAnswers{.text = current.value_or("") + word};
    };
  }

  ActionsService service_;
  SilentReporter reporter_;
  RegistryClient client_{ImpatientSettings(), reporter_};
};

TEST_F(GhaCacheTest, TheNewestDocumentIsRead) {
  GhaCache cache = Open();
  EXPECT_EQ(cache.ReadAnswers({}), std::nullopt);
  cache.WriteAnswers(Add("one "));
  cache.WriteAnswers(Add("two "));
  cache.WriteAnswers(Add("two "));
  EXPECT_EQ(cache.ReadAnswers({}), "one two ");
  EXPECT_EQ(service_.entries.size(), 2u) << "a document that says it all was written again";
}

TEST_F(GhaCacheTest, ALayerIsWrittenOnce) {
  GhaCache cache = Open();
  const auto blob = oci::DescriptorOf("layer", "content");
  EXPECT_FALSE(cache.Has(blob));
  EXPECT_EQ(ErrorOf([&] { cache.Open(blob); }).kind(), ErrorKind::kNotFound);
  for (int i = 0; i < 2; ++i) {
    cache.Put(blob, [] { return std::make_unique<StringSource>("content"); });
  }
  EXPECT_TRUE(cache.Has(blob));
  EXPECT_EQ(ReadToString(*cache.Open(blob), 100), "content");
  service_.entries.at(0).content = "CONTENT";
  EXPECT_EQ(ErrorOf([&] { ReadToString(*cache.Open(blob), 100); }).kind(), ErrorKind::kCorrupt);
}

TEST_F(GhaCacheTest, AWrongTokenAndAServiceThatFailsAreErrors) {
  EXPECT_EQ(ErrorOf([&] { Open("another").ReadAnswers({}); }).kind(), ErrorKind::kUnauthorized);
  service_.status = 418;
  EXPECT_EQ(ErrorOf([&] { Open().ReadAnswers({}); }).kind(), ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace ibuild::registry
