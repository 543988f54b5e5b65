// A shared cache in a registry: round trips, inline answers, two writers, and registries that
// misbehave.
#include "registry/cache/registry_cache.h"

#include <fmt/format.h>

#include "oci/media_type.h"
#include "support/base64.h"
#include "support/json.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using fakes::InProcessRegistry;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class RegistryCacheTest : public testing::Test {
 protected:
  RegistryCache Open(RegistryClient& client) const {
    return RegistryCache(client, oci::Reference::Parse(registry_.Name("team/app:cache")));
  }

  oci::Descriptor PutBlob(RegistryCache& cache, const std::string& bytes) {
    const auto blob = oci::DescriptorOf(std::string(oci::kOciLayerGzip), bytes);
    cache.Put(blob, [&] { return std::make_unique<StringSource>(bytes); });
    return blob;
  }

  // The requests that one lookup costs, without those that find the registry.
  std::vector<std::string> RequestsOf(const std::function<void()>& work) {
    const std::size_t before = registry_.Requests().size();
    work();
    std::vector<std::string> requests = registry_.Requests();
    requests.erase(requests.begin(), requests.begin() + static_cast<std::ptrdiff_t>(before));
    return requests;
  }

  InProcessRegistry registry_;
  SilentReporter reporter_;
  RegistryClient client_{ImpatientSettings(), reporter_};
};

TEST_F(RegistryCacheTest, SaysNothingBeforeAnythingWasWritten) {
  EXPECT_EQ(Open(client_).ReadAnswers({}), std::nullopt);
}

TEST_F(RegistryCacheTest, OneRequestBringsAllAnswers) {
  RegistryCache cache = Open(client_);
  const oci::Descriptor blob = PutBlob(cache, "a layer");
  cache.WriteAnswers([&](const auto& current) -> std::optional<oci::CacheAnswers> {
    if (current) return std::nullopt;
    return oci::CacheAnswers{.text = std::string("bytes\0of a document", 19), .blobs = {blob}};
  });
  RegistryClient fresh(ImpatientSettings(), reporter_);
  RegistryCache reader = Open(fresh);
  reader.Has(blob);  // finds the registry
  EXPECT_THAT(RequestsOf([&] {
                EXPECT_EQ(reader.ReadAnswers({}), std::string("bytes\0of a document", 19));
              }),
              testing::ElementsAre("GET /v2/team/app/manifests/cache"));
  EXPECT_TRUE(reader.Has(blob));
  EXPECT_EQ(ReadToString(*reader.Open(blob), 100), "a layer");
}

TEST_F(RegistryCacheTest, ADocumentThatIsTooLongForAManifestIsABlob) {
  RegistryCache cache = Open(client_);
  const std::string text = Noise(600u << 10);
  cache.WriteAnswers([&](const auto& current) -> std::optional<oci::CacheAnswers> {
    if (current) return std::nullopt;
    return oci::CacheAnswers{.text = text};
  });
  EXPECT_EQ(cache.ReadAnswers({}), text);
}

TEST_F(RegistryCacheTest, WritingMergesAgainWhatCameBetween) {
  RegistryCache cache = Open(client_);
  RegistryClient other_client(ImpatientSettings(), reporter_);
  RegistryCache other = Open(other_client);
  const auto add = [](const std::string& word) {
    return [word](const std::optional<std::string>& current) -> std::optional<oci::CacheAnswers> {
      if (current && current->find(word) != std::string::npos) return std::nullopt;
      return oci::CacheAnswers{.text = current.value_or("") + word};
    };
  };
  bool raced = false;
  cache.WriteAnswers([&](const std::optional<std::string>& current) {
    auto merged = add("first ")(current);
    if (!std::exchange(raced, true)) other.WriteAnswers(add("second "));
    return merged;
  });
  // The first overwrote the second; the second's words are lost, never wrong, and those of the
  // later writer are there.
  EXPECT_THAT(*cache.ReadAnswers({}), HasSubstr("first"));
  other.WriteAnswers(add("second "));
  EXPECT_EQ(*cache.ReadAnswers({}), "first second ");
}

TEST_F(RegistryCacheTest, AnImageCarriesItsAnswersInAnAnnotation) {
  fakes::SampleImage image = fakes::MakeSampleImage({"a layer"});
  oci::Manifest manifest = std::get<oci::Manifest>(
      oci::ParseManifest(image.bytes.at(image.manifest.digest), image.manifest.media_type, "it"));
  manifest.annotations[std::string(kInlineCacheAnnotation)] = EncodeBase64("the answers");
  const std::string text = Serialize(manifest);
  image.manifest = oci::DescriptorOf(image.manifest.media_type, text);
  image.bytes.emplace(image.manifest.digest, text);
  PushSample(image, client_, registry_.Name("team/app:cache"));
  EXPECT_EQ(Open(client_).ReadAnswers({}), "the answers");
}

TEST_F(RegistryCacheTest, AnImageWithoutAnswersHasNone) {
  PushSample(fakes::MakeSampleImage({"a layer"}), client_, registry_.Name("team/app:cache"));
  EXPECT_EQ(Open(client_).ReadAnswers({}), std::nullopt);
}

TEST_F(RegistryCacheTest, AnswersThatCannotBeHadAreAnError) {
  for (const int status : {401, 403, 429, 500, 503}) {
    InProcessRegistry registry;
    registry.Inject({.method = "GET",
                     .path_part = "/manifests/",
                     .times = -1,
                     .act = fakes::AnswerWith(status)});
    RegistrySettings settings = ImpatientSettings();
    settings.timing.retry.attempts = 2;
    RegistryClient client(std::move(settings), reporter_);
    RegistryCache cache(client, oci::Reference::Parse(registry.Name("team/app:cache")));
    EXPECT_THROW(cache.ReadAnswers({}), Error) << status;
  }
}

TEST_F(RegistryCacheTest, AnswersThatAreCutOffAreAnError) {
  RegistryCache cache = Open(client_);
  cache.WriteAnswers([&](const auto& current) -> std::optional<oci::CacheAnswers> {
    if (current) return std::nullopt;
    return oci::CacheAnswers{.text = Noise(2000)};
  });
  registry_.Inject({.method = "GET",
                    .path_part = "/manifests/",
                    .times = -1,
                    .act = fakes::TamperWith({.cut_after = 700})});
  EXPECT_THROW(cache.ReadAnswers({}), Error);
}

TEST_F(RegistryCacheTest, ALookupThatNobodyAnswersEndsWhenAsked) {
  registry_.Inject({.method = "GET",
                    .path_part = "/manifests/",
                    .times = -1,
                    .act = fakes::TamperWith({.stall_after = 0})});
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  EXPECT_THROW(Open(client_).ReadAnswers(stop.get_token()), Error);
}

}  // namespace
}  // namespace ibuild::registry
