// Pushes that go on where an earlier process was stopped, and several images in one go.
#include <algorithm>

#include "oci/manifest.h"
#include "registry/client/blob_upload.h"
#include "registry/client/stream_upload.h"
#include "registry/client/upload_note.h"
#include "registry/client/upload_state.h"
#include "registry/http/curl_options.h"
#include "support/files.h"
#include "tests/registry/transfer_fixture.h"

namespace ibuild::registry {
namespace {

using fakes::AnswerWith;
using fakes::InProcessRegistry;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kUploads = "/blobs/uploads/";

class PushResume : public ::testing::Test {
 protected:
  RegistrySettings Settings() const {
    RegistrySettings settings = OneByOne();
    settings.upload_notes = home_.path() / "uploads";
    // Megabytes take their time under a sanitizer, and nothing here is silent on purpose.
    settings.timing.stall_window = std::chrono::seconds(30);
    return settings;
  }

  PushReceipt PushIt(std::stop_token stop = {}) {
    RegistryClient client(Settings(), reporter_);
    fakes::MemoryStore store(image_.bytes);
    PushRequest request{oci::Reference::Parse(registry_.Name("a/b:1")), image_.manifest};
    request.stop = std::move(stop);
    return Push(request, store, client, reporter_);
  }

  // Ends the process, as far as the registry can tell, when the body of request `number` begins.
  void StopAt(int number, std::stop_source& stop) {
    auto left = std::make_shared<std::atomic<int>>(number);
    registry_.Inject({"PATCH", kUploads, number,
                      [left, &stop](const fakes::FakeRequest&, fakes::FakeConnection& connection) {
                        if (--*left > 0) return false;
                        stop.request_stop();
                        connection.HangUp();
                        return true;
                      }});
  }

  std::vector<std::string> Ranges() const {
    return registry_.HeadersSeen("PATCH ", "Content-Range");
  }
  bool HasNotes() const {
    return std::filesystem::exists(home_.path() / "uploads") &&
           !std::filesystem::is_empty(home_.path() / "uploads");
  }

  TempDir home_{std::filesystem::temp_directory_path()};
  SilentReporter reporter_;
  InProcessRegistry registry_;
  fakes::SampleImage image_ = fakes::MakeSampleImage({Noise(20'000'000)});
};

TEST_F(PushResume, LargeBlobGoesInPieces) {
  PushIt();
  EXPECT_TRUE(registry_.HasBlob("a/b", image_.layers[0].digest));
  EXPECT_THAT(Ranges(), ElementsAre("0-8388607", "8388608-16777215", "16777216-19999999"));
  EXPECT_FALSE(HasNotes());
}

TEST_F(PushResume, PiecesGoOnInTheSameReading) {
  RegistryClient client(Settings(), reporter_);
  const auto repository = oci::Reference::Parse(registry_.Name("a/b")).repository();
  const RepositoryAccess access = client.Open(repository, Access::kPush);
  int opened = 0;
  const std::string bytes = image_.bytes.at(image_.layers[0].digest);
  UploadBlob(access, {image_.layers[0],
                      [&] {
                        ++opened;
                        return std::make_unique<StringSource>(bytes);
                      },
                      "",
                      {}});
  EXPECT_EQ(opened, 1);
}

TEST_F(PushResume, WhereNoPiecesAreTakenItGoesInOne) {
  for (const int status : {400, 404, 405, 416, 501}) {
    InProcessRegistry registry;
    registry.Inject({"PATCH", kUploads, -1, AnswerWith(status)});
    RegistryClient client(Settings(), reporter_);
    PushSample(image_, client, registry.Name("a/b:1"));
    EXPECT_EQ(registry.CountRequests("PATCH "), 1u) << status;
    EXPECT_TRUE(registry.HasBlob("a/b", image_.layers[0].digest)) << status;
  }
}

TEST_F(PushResume, WherePiecesAreLostItGoesInOne) {
  registry_.Inject({"PUT", kUploads, 1,
                    [](const fakes::FakeRequest& request, fakes::FakeConnection& connection) {
                      if (request.content_length > 0) return false;
                      connection.Send({.status = 400});
                      return true;
                    }});
  PushIt();
  EXPECT_EQ(registry_.TagDigest("a/b", "1"), image_.manifest.digest.ToString());
  const auto lengths = registry_.HeadersSeen("PUT /v2/a/b/blobs/", "Content-Length");
  EXPECT_EQ(std::count(lengths.begin(), lengths.end(), "20000000"), 1);
}

TEST(UploadPieces, ServicesThatAreKnownNotToTakeThem) {
  for (const char* host : {"ghcr.io", "1.dkr.ecr.eu-west-1.amazonaws.com", "eu.gcr.io",
                           "europe-docker.pkg.dev", "quay.io", "quay.io:443"}) {
    EXPECT_FALSE(MayTakePieces(host)) << host;
  }
  for (const char* host : {"docker.io", "localhost:5000", "notquay.io", "ghcr.io.example"}) {
    EXPECT_TRUE(MayTakePieces(host)) << host;
  }
}

TEST_F(PushResume, NothingIsSentOnTheWayToThem) {
  RegistryClient client(Settings(), reporter_);
  const auto open = [&](const std::string& name) {
    return client.Open(oci::Reference::Parse(name).repository(), Access::kPush);
  };
  EXPECT_FALSE(StreamUpload::IsOfUse(open("ghcr.io/a/b")));
  const RepositoryAccess access = open(registry_.Name("a/b"));
  EXPECT_TRUE(StreamUpload::IsOfUse(access));
  access.habits->RefusesPieces();
  EXPECT_FALSE(StreamUpload::IsOfUse(access));
}

TEST(UploadPieces, OneIsSentWithoutAskingFirst) {
  HttpRequest request(Method::kPatch, Url::Parse("https://r.example/"));
  request.body = RequestBody{kPieceSize, [] { return std::make_unique<StringSource>(""); }};
  EXPECT_FALSE(WantsContinue(request, {}));
  request.body->size = kPieceSize + 1;
  EXPECT_TRUE(WantsContinue(request, {}));
}

TEST_F(PushResume, TheNextProcessGoesOnWhereTheRegistrySays) {
  std::stop_source stop;
  StopAt(2, stop);
  EXPECT_EQ(ErrorOf([&] { PushIt(stop.get_token()); }).kind(), ErrorKind::kCancelled);
  EXPECT_TRUE(HasNotes());
  const std::size_t before = Ranges().size();
  PushIt();
  const std::vector<std::string> ranges = Ranges();
  EXPECT_THAT(
      std::vector<std::string>(ranges.begin() + static_cast<std::ptrdiff_t>(before), ranges.end()),
      ElementsAre("8388608-16777215", "16777216-19999999"));
  EXPECT_TRUE(registry_.HasBlob("a/b", image_.layers[0].digest));
  EXPECT_FALSE(HasNotes());
}

TEST_F(PushResume, ASessionThatIsGoneIsBegunAnew) {
  std::stop_source stop;
  StopAt(2, stop);
  ErrorOf([&] { PushIt(stop.get_token()); });
  registry_.Inject({"GET", kUploads, 1, AnswerWith(404)});
  PushIt();
  EXPECT_TRUE(registry_.HasBlob("a/b", image_.layers[0].digest));
}

TEST_F(PushResume, WhatIsRefusedOfASessionBegunAnewIsNotTakenForTheLastOne) {
  std::stop_source stop;
  StopAt(2, stop);
  ErrorOf([&] { PushIt(stop.get_token()); });
  registry_.Inject({"GET", kUploads, 1, AnswerWith(404)});
  registry_.Inject({"PATCH", kUploads, -1, AnswerWith(405)});
  const std::size_t before = registry_.CountRequests("PATCH ");
  PushIt();
  EXPECT_EQ(registry_.CountRequests("PATCH "), before + 1) << "pieces are not tried twice";
  EXPECT_TRUE(registry_.HasBlob("a/b", image_.layers[0].digest));
}

TEST_F(PushResume, WhatIsSentOnTheWayGoesOnToo) {
  const std::string bytes = image_.bytes.at(image_.layers[0].digest);
  const auto repository = oci::Reference::Parse(registry_.Name("a/b")).repository();
  const auto send = [&](const std::string& text, std::stop_token stop) {
    RegistryClient client(Settings(), reporter_);
    RepositoryAccess access = client.Open(repository, Access::kPush);
    access.stop = std::move(stop);
    StreamUpload upload(access, "the recipe");
    upload.Write(AsBytes(text));
    return upload.Finish(oci::Digest::OfText(text));
  };
  std::stop_source stop;
  StopAt(2, stop);
  EXPECT_FALSE(send(bytes, stop.get_token()));
  // It is whole by now, and known by its digest.
  PushIt();
  EXPECT_THAT(Ranges().back(), HasSubstr("-19999999"));
  const std::vector<std::string> ranges = Ranges();
  EXPECT_EQ(std::count(ranges.begin(), ranges.end(), "0-8388607"), 1);
}

// A registry that is busy with the last request has the pieces all the same.
TEST_F(PushResume, WhatIsNotTakenForNowGoesOnLater) {
  const std::string bytes = image_.bytes.at(image_.layers[0].digest);
  for (const int status : {408, 425, 429}) {
    InProcessRegistry registry;
    const auto repository = oci::Reference::Parse(registry.Name("a/b")).repository();
    registry.Inject({"PUT", kUploads, 1, AnswerWith(status)});
    {
      RegistryClient client(Settings(), reporter_);
      StreamUpload upload(client.Open(repository, Access::kPush), "the recipe");
      upload.Write(AsBytes(bytes));
      EXPECT_FALSE(upload.Finish(image_.layers[0].digest));
    }
    RegistryClient client(Settings(), reporter_);
    PushSample(image_, client, registry.Name("a/b:1"));
    const auto ranges = registry.HeadersSeen("PATCH ", "Content-Range");
    EXPECT_EQ(std::count(ranges.begin(), ranges.end(), "0-8388607"), 1) << status;
  }
}

TEST_F(PushResume, OtherBytesOfTheSameRecipeAreSentFromTheStart) {
  const auto repository = oci::Reference::Parse(registry_.Name("a/b")).repository();
  RegistryClient client(Settings(), reporter_);
  std::stop_source stop;
  StopAt(2, stop);
  {
    RepositoryAccess access = client.Open(repository, Access::kPush);
    access.stop = stop.get_token();
    StreamUpload upload(access, "the recipe");
    upload.Write(AsBytes(Noise(20'000'000, 7)));
  }
  EXPECT_TRUE(HasNotes());
  const std::string bytes = image_.bytes.at(image_.layers[0].digest);
  StreamUpload upload(client.Open(repository, Access::kPush), "the recipe");
  upload.Write(AsBytes(bytes));
  EXPECT_FALSE(upload.Finish(image_.layers[0].digest));
  PushIt();
  EXPECT_TRUE(registry_.HasBlob("a/b", image_.layers[0].digest));
}

TEST_F(PushResume, ANoteIsOneProcesssAtATime) {
  const auto repository = oci::Reference::Parse("r.example/a").repository();
  UploadNote first(home_.path() / "notes", repository, "x");
  ASSERT_TRUE(first.active());
  UploadNote second(home_.path() / "notes", repository, "x");
  EXPECT_FALSE(second.active());
  second.Rename("w");
  EXPECT_FALSE(UploadNote(home_.path() / "notes", repository, "x").active()) << "it is the first's";
  EXPECT_TRUE(UploadNote(home_.path() / "notes", repository, "y").active());
  first.Write(Url::Parse("https://r.example/v2/a/blobs/uploads/1?_state=a%2Fb"));
  first.Rename("z");
  EXPECT_EQ(first.Read()->Wire(), "https://r.example/v2/a/blobs/uploads/1?_state=a%2Fb");
  EXPECT_FALSE(UploadNote(home_.path() / "notes", repository, "z").active());
  first.Remove();
  EXPECT_EQ(UploadNote(home_.path() / "notes", repository, "z").Read(), std::nullopt);
  EXPECT_FALSE(UploadNote(home_.path() / "none" / "notes", repository, "x").active());
}

TEST_F(PushResume, ANoteOfLongAgoIsNoneAndItsNameIsFree) {
  const std::filesystem::path notes = home_.path() / "notes";
  const auto repository = oci::Reference::Parse("r.example/a").repository();
  UploadNote(notes, repository, "x").Write(Url::Parse("https://r.example/v2/a/blobs/uploads/1"));
  for (const auto& note : std::filesystem::directory_iterator(notes)) {
    std::filesystem::last_write_time(
        note.path(), std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 8));
  }
  const UploadNote again(notes, repository, "x");
  EXPECT_TRUE(again.active());
  EXPECT_EQ(again.Read(), std::nullopt);
  EXPECT_FALSE(UploadNote(notes, repository, "x").active());
}

class PushTogether : public ::testing::Test {
 protected:
  PushTogether() { bytes_.insert(two_.bytes.begin(), two_.bytes.end()); }

  PushRequest Of(const fakes::SampleImage& image, const std::string& name) {
    return {oci::Reference::Parse(registry_.Name(name)), image.manifest};
  }

  void PushThem(std::vector<PushRequest> requests) {
    SilentReporter reporter;
    RegistryClient client(OneByOne(), reporter);
    fakes::MemoryStore store(bytes_);
    PushAll(std::move(requests), store, client, reporter);
  }

  InProcessRegistry registry_;
  fakes::SampleImage one_ = fakes::MakeSampleImage({Noise(100'000), Noise(1000, 2)});
  fakes::SampleImage two_ = fakes::MakeSampleImage({Noise(100'000), Noise(1000, 3)});
  std::map<oci::Digest, std::string> bytes_ = one_.bytes;
};

TEST_F(PushTogether, WhatIsSharedIsSentOnceAndTagsComeLast) {
  PushThem({Of(one_, "a/b:1"), Of(two_, "a/b:2"), Of(two_, "a/b:3"), Of(one_, "c/d:1")});
  EXPECT_EQ(registry_.TagDigest("a/b", "1"), one_.manifest.digest.ToString());
  EXPECT_EQ(registry_.TagDigest("a/b", "3"), two_.manifest.digest.ToString());
  EXPECT_EQ(registry_.TagDigest("c/d", "1"), one_.manifest.digest.ToString());
  const auto lengths = registry_.HeadersSeen("PUT /v2/a/b/blobs/", "Content-Length");
  EXPECT_EQ(std::count(lengths.begin(), lengths.end(), "100000"), 1);
  const auto elsewhere = registry_.HeadersSeen("PUT /v2/c/d/blobs/", "Content-Length");
  EXPECT_EQ(std::count(elsewhere.begin(), elsewhere.end(), "100000"), 0) << "it can be mounted";
  const std::vector<std::string> all = registry_.Requests();
  EXPECT_THAT(std::vector<std::string>(all.end() - 4, all.end()),
              ElementsAre("PUT /v2/a/b/manifests/1", "PUT /v2/a/b/manifests/2",
                          "PUT /v2/a/b/manifests/3", "PUT /v2/c/d/manifests/1"));
}

TEST_F(PushTogether, WhatWasLeftOutIsNotLent) {
  auto manifest = std::get<oci::Manifest>(
      oci::ParseManifest(bytes_.at(one_.manifest.digest), one_.manifest.media_type, "x"));
  manifest.layers[0].media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar";
  const std::string text = oci::Serialize(manifest);
  const oci::Descriptor root = oci::DescriptorOf(one_.manifest.media_type, text);
  bytes_[root.digest] = text;
  std::vector<PushRequest> requests = {Of(one_, "a/b:1"), Of(one_, "a/b:2")};
  for (PushRequest& request : requests) request.root = root;
  requests[1].foreign_layers = true;
  PushThem(std::move(requests));
  EXPECT_TRUE(registry_.HasBlob("a/b", manifest.layers[0].digest));
}

TEST_F(PushTogether, OneThatFailsLeavesNoTagOfAny) {
  registry_.Inject({"", "/v2/c/d/blobs/uploads/", -1, AnswerWith(403)});
  const Error error = ErrorOf([&] { PushThem({Of(one_, "a/b:1"), Of(two_, "c/d:1")}); });
  EXPECT_EQ(error.kind(), ErrorKind::kPermissionDenied);
  EXPECT_THAT(error.what(), HasSubstr("c/d:1"));
  EXPECT_EQ(registry_.TagDigest("a/b", "1"), std::nullopt);
}

}  // namespace
}  // namespace ibuild::registry
