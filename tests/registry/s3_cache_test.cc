// A shared cache in a bucket: against a server that is strict about signatures, payloads and
// conditions, and against servers that misbehave.
#include "registry/cache/s3_cache.h"

#include <fmt/format.h>

#include "support/hmac.h"
#include "support/sha256.h"
#include "support/text.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using fakes::FakeConnection;
using fakes::FakeRequest;
using testing::HasSubstr;

// Checks signatures by the published recipe, from what came over the wire.
class StrictBucket {
 public:
  StrictBucket() : server_([this](const auto& request, auto& to) { Handle(request, to); }) {}

  std::string Endpoint() const { return "http://" + server_.Address(); }

  std::map<std::string, std::string> objects;
  std::vector<std::string> refusals;
  int status = 0;          // of every answer, when not 0
  bool conditions = true;  // If-Match and If-None-Match are honoured
  bool full = false;
  std::function<void()> before_put;

 private:
  void Handle(const FakeRequest& request, FakeConnection& to) {
    const std::string body = to.ReadWholeBody();
    const std::lock_guard lock(mutex_);
    if (status != 0) return to.Send({.status = status});
    const std::string fault = FaultOf(request, body);
    if (!fault.empty()) {
      refusals.push_back(fault);
      return to.Send({.status = 403, .body = "<Error><Code>" + fault + "</Code></Error>"});
    }
    to.Send(request.method == "PUT" ? Store(request, body) : Load(request));
  }

  std::string FaultOf(const FakeRequest& request, const std::string& body) const {
    if (request.Header("x-amz-content-sha256") != ToHex(Sha256::Of(body))) {
      return "XAmzContentSHA256Mismatch";
    }
    const std::string expected = Authorization(request);
    return request.Header("Authorization") == expected ? "" : "SignatureDoesNotMatch";
  }

  static std::string Authorization(const FakeRequest& request) {
    const std::string sent = request.Header("Authorization");
    const std::string names = Between(sent, "SignedHeaders=", ",");
    std::string lines;
    for (const std::string_view name : Split(names, ';')) {
      lines += std::string(name) + ":" + request.Header(name) + "\n";
    }
    const std::string time = request.Header("x-amz-date");
    const std::string date = time.substr(0, 8);
    const std::string canonical = request.method + "\n" + request.path + "\n" + request.query +
                                  "\n" + lines + "\n" + names + "\n" +
                                  request.Header("x-amz-content-sha256");
    const std::string scope = date + "/eu-test-1/s3/aws4_request";
    std::string key = "AWS4the secret";
    for (const std::string& part :
         {date, std::string("eu-test-1"), std::string("s3"), std::string("aws4_request")}) {
      key = HmacSha256(key, part);
    }
    const std::string signature = HmacSha256(
        key, "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + ToHex(Sha256::Of(canonical)));
    return "AWS4-HMAC-SHA256 Credential=the id/" + scope + ", SignedHeaders=" + names +
           ", Signature=" + ToHex(AsBytes(signature));
  }

  static std::string Between(const std::string& text, const std::string& from,
                             const std::string& to) {
    const std::size_t begin = text.find(from);
    if (begin == std::string::npos) return {};
    const std::size_t start = begin + from.size();
    return text.substr(start, text.find(to, start) - start);
  }

  fakes::FakeResponse Store(const FakeRequest& request, const std::string& body) {
    if (before_put) std::exchange(before_put, nullptr)();
    if (full) return {.status = 507, .body = "<Error><Code>QuotaExceeded</Code></Error>"};
    const auto found = objects.find(request.path);
    const std::string match = request.Header("If-Match");
    if (conditions && request.Header("If-None-Match") == "*" && found != objects.end()) {
      return {.status = 412};
    }
    if (conditions && !match.empty() && (found == objects.end() || match != Etag(found->second))) {
      return {.status = 412};
    }
    objects[request.path] = body;
    return {.status = 200};
  }

  fakes::FakeResponse Load(const FakeRequest& request) const {
    const auto found = objects.find(request.path);
    if (found == objects.end()) return {.status = 404};
    return {.status = 200, .headers = {{"ETag", Etag(found->second)}}, .body = found->second};
  }

  static std::string Etag(const std::string& text) {
    return "\"" + ToHex(Sha256::Of(text)).substr(0, 16) + "\"";
  }

  std::mutex mutex_;
  fakes::FakeHttpServer server_;  // last: it stops before the rest goes
};

class S3CacheTest : public testing::Test {
 protected:
  S3Settings Settings() const {
    return {.bucket = "the-bucket",
            .region = "eu-test-1",
            .endpoint = bucket_.Endpoint(),
            .prefix = "a prefix/",
            .credentials = {
                .key_id = "the id", .secret_key = Secret("the secret"), .session_token = {}}};
  }
  S3Cache Open() { return S3Cache(client_.transport_without_credentials(), Settings()); }

  static oci::SharedCache::Merge Add(const std::string& word) {
    return [word](const std::optional<std::string>& current) -> std::optional<oci::CacheAnswers> {
      if (current && current->find(word) != std::string::npos) return std::nullopt;
      return oci::CacheAnswers{.text = current.value_or("") + word};
    };
  }

  static RegistrySettings Impatient() {
    RegistrySettings settings = ImpatientSettings();
    settings.timing.retry.attempts = 2;
    return settings;
  }

  StrictBucket bucket_;
  SilentReporter reporter_;
  RegistryClient client_{Impatient(), reporter_};
};

// The example of the Amazon S3 API reference, "Example: GET Object".
TEST(AwsSignature, IsThatOfThePublishedExample) {
  HttpRequest request(Method::kGet, Url::Parse("https://examplebucket.s3.amazonaws.com/test.txt"));
  request.headers.Add("Range", "bytes=0-9");
  SignAws(request,
          {.key_id = "AKIAIOSFODNN7EXAMPLE",
           .secret_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
           .session_token = {}},
          "us-east-1", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          {.seconds = 1369353600, .nanoseconds = 0});
  EXPECT_THAT(*request.headers.Get("Authorization"),
              HasSubstr("Signature="
                        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST_F(S3CacheTest, KeepsAnswersAndBlobs) {
  S3Cache cache = Open();
  EXPECT_EQ(cache.ReadAnswers({}), std::nullopt);
  cache.WriteAnswers(Add("one "));
  cache.WriteAnswers(Add("two "));
  EXPECT_EQ(cache.ReadAnswers({}), "one two ");
  const auto blob = oci::DescriptorOf("layer", "content");
  EXPECT_FALSE(cache.Has(blob));
  cache.Put(blob, [] { return std::make_unique<StringSource>("content"); });
  EXPECT_TRUE(cache.Has(blob));
  EXPECT_EQ(ReadToString(*cache.Open(blob), 100), "content");
  EXPECT_TRUE(bucket_.refusals.empty());
  EXPECT_TRUE(bucket_.objects.contains("/the-bucket/a%20prefix/answers/ibuild"));
}

TEST_F(S3CacheTest, OfTwoWritersNoneIsLost) {
  bucket_.before_put = [this] {
    bucket_.objects["/the-bucket/a%20prefix/answers/ibuild"] = "two ";
  };
  Open().WriteAnswers(Add("one "));
  EXPECT_EQ(Open().ReadAnswers({}), "two one ");
}

TEST_F(S3CacheTest, WhereConditionsAreNotHonouredTheLaterWriterWins) {
  bucket_.conditions = false;
  Open().WriteAnswers(Add("one "));
  Open().WriteAnswers(Add("two "));
  EXPECT_EQ(Open().ReadAnswers({}), "one two ");
}

TEST_F(S3CacheTest, AWrongSecretIsRefused) {
  S3Settings settings = Settings();
  settings.credentials.secret_key = Secret("another");
  S3Cache cache(client_.transport_without_credentials(), settings);
  const Error error = ErrorOf([&] { cache.ReadAnswers({}); });
  EXPECT_THAT(error.what(), HasSubstr("SignatureDoesNotMatch"));
}

TEST_F(S3CacheTest, AFullBucketSaysSo) {
  bucket_.full = true;
  const auto blob = oci::DescriptorOf("layer", "content");
  const Error error =
      ErrorOf([&] { Open().Put(blob, [] { return std::make_unique<StringSource>("content"); }); });
  EXPECT_THAT(error.what(), HasSubstr("QuotaExceeded"));
}

TEST_F(S3CacheTest, OtherBytesThanTheLayersAreNoticed) {
  const auto blob = oci::DescriptorOf("layer", "content");
  Open().Put(blob, [] { return std::make_unique<StringSource>("content"); });
  bucket_.objects.rbegin()->second = "CONTENT";
  EXPECT_EQ(ErrorOf([&] { ReadToString(*Open().Open(blob), 100); }).kind(), ErrorKind::kCorrupt);
}

TEST_F(S3CacheTest, ServersThatFailAreErrors) {
  for (const int status : {429, 500, 503, 418}) {
    bucket_.status = status;
    EXPECT_THROW(Open().ReadAnswers({}), Error) << status;
  }
}

}  // namespace
}  // namespace ibuild::registry
