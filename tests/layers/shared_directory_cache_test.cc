// A shared cache in a directory: several writers, damage, what is left by one that died.
#include <fmt/format.h>

#include <thread>

#include "layers/shared/directory_cache.h"
#include "support/files.h"
#include "support/text.h"
#include "tests/expect_error.h"
#include "tests/layers/store_fixture.h"

namespace ibuild::layers {
namespace {

class DirectoryCacheTest : public testing::Test {
 protected:
  DirectoryCache Open() const { return DirectoryCache(root() / "cache", Join); }
  static std::string Join(const std::vector<std::string>& documents) {
    return ibuild::Join(documents, "");
  }
  static oci::SharedCache::Merge Add(const std::string& word) {
    return [word](const std::optional<std::string>& current) -> std::optional<oci::CacheAnswers> {
      return oci::CacheAnswers{.text = current.value_or("") + word};
    };
  }
  std::size_t Documents() const {
    std::error_code absent;
    const auto begin = std::filesystem::directory_iterator(root() / "cache/ibuild-answers", absent);
    return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator()));
  }
  std::filesystem::path root() const { return temp_.path(); }

  TempDir temp_{std::filesystem::temp_directory_path()};
};

TEST_F(DirectoryCacheTest, ThatIsNotThereIsAnErrorForReadersAndMadeByWriters) {
  ExpectError(ErrorKind::kNotFound, "no directory", [&] { Open().ReadAnswers({}); });
  Open().WriteAnswers(Add("a"));
  EXPECT_EQ(Open().ReadAnswers({}), "a");
}

TEST_F(DirectoryCacheTest, AMergeTakesThePlaceOfWhatItMerged) {
  Open().WriteAnswers(Add("a"));
  Open().WriteAnswers(Add("b"));
  EXPECT_EQ(Open().ReadAnswers({}), "ab");
  EXPECT_EQ(Documents(), 1u);
}

TEST_F(DirectoryCacheTest, WritersAtTheSameTimeLoseNothing) {
  Open().WriteAnswers([&](const std::optional<std::string>& current) {
    Open().WriteAnswers(Add("from the other "));
    return Add("mine ")(current);
  });
  EXPECT_EQ(Documents(), 2u);
  const std::string read = *Open().ReadAnswers({});
  EXPECT_NE(read.find("mine"), std::string::npos);
  EXPECT_NE(read.find("other"), std::string::npos);
}

TEST_F(DirectoryCacheTest, ADocumentThatWasCutShortCountsAsAbsent) {
  Open().WriteAnswers(Add("whole"));
  for (const auto& entry : std::filesystem::directory_iterator(root() / "cache/ibuild-answers")) {
    WriteFileAtomically(entry.path(), "who");
  }
  EXPECT_EQ(Open().ReadAnswers({}), std::nullopt);
}

TEST_F(DirectoryCacheTest, KeepsBlobsAndChecksThemWhenReading) {
  DirectoryCache cache = Open();
  const auto blob = oci::DescriptorOf(std::string(oci::kOciLayer), "content");
  EXPECT_FALSE(cache.Has(blob));
  ExpectError(ErrorKind::kNotFound, "is not in", [&] { cache.Open(blob); });
  cache.Put(blob, [] { return std::make_unique<StringSource>("content"); });
  EXPECT_TRUE(cache.Has(blob));
  EXPECT_EQ(ReadToString(*cache.Open(blob), 100), "content");
  WriteFileAtomically(root() / "cache/blobs/sha256" / blob.digest.hex(), "CONTENT");
  ExpectError(ErrorKind::kCorrupt, "", [&] { ReadToString(*cache.Open(blob), 100); });
}

TEST_F(DirectoryCacheTest, ABlobWhoseSourceFailsLeavesNothing) {
  DirectoryCache cache = Open();
  const auto blob = oci::DescriptorOf(std::string(oci::kOciLayer), "content");
  EXPECT_THROW(cache.Put(blob,
                         []() -> std::unique_ptr<ByteSource> {
                           throw Error(ErrorKind::kCorrupt, "unreadable");
                         }),
               Error);
  EXPECT_TRUE(std::filesystem::is_empty(root() / "cache/blobs/sha256"));
}

}  // namespace
}  // namespace ibuild::layers
