// Blobs: verified on the way in and on the way out, published once.
#include "tests/layers/store_fixture.h"

namespace ibuild::layers {
namespace {

TEST_F(StoreTest, ABlobReadsBackAndIsReadOnly) {
  Store store = Open();
  const oci::Descriptor blob = Put(store, "hello");
  EXPECT_TRUE(store.blobs().Has(blob.digest));
  EXPECT_EQ(Get(store, blob), "hello");
  struct stat info;
  ASSERT_EQ(::stat(store.layout().Blob(blob.digest).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0444u);
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
}

TEST_F(StoreTest, AnEmptyBlobIsABlob) {
  Store store = Open();
  EXPECT_EQ(Get(store, Put(store, "")), "");
}

TEST_F(StoreTest, PuttingAgainDoesNotReadTheSource) {
  class Unread final : public ByteSource {
   public:
    std::size_t Read(std::span<std::byte>) override {
      ADD_FAILURE() << "the blob is there already";
      return 0;
    }
  };
  Store store = Open();
  const oci::Descriptor blob = Put(store, "hello");
  Unread source;
  store.blobs().Put(blob, source);
}

TEST_F(StoreTest, WrongContentIsNotKept) {
  Store store = Open();
  const oci::Descriptor wanted = oci::DescriptorOf(std::string(oci::kOciLayer), "hello");
  for (const char* lie : {"hellO", "hell", "hello!", ""}) {
    StringSource source(lie);
    EXPECT_EQ(ErrorOf([&] { store.blobs().Put(wanted, source); }).kind(), ErrorKind::kCorrupt);
  }
  EXPECT_FALSE(store.blobs().Has(wanted.digest));
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
}

TEST_F(StoreTest, AnEndlessSourceIsStoppedAtThePromisedSize) {
  class Endless final : public ByteSource {
   public:
    std::size_t Read(std::span<std::byte> buffer) override { return buffer.size(); }
  };
  Store store = Open();
  Endless source;
  const oci::Descriptor wanted = oci::DescriptorOf(std::string(oci::kOciLayer), "hello");
  EXPECT_EQ(ErrorOf([&] { store.blobs().Put(wanted, source); }).kind(), ErrorKind::kCorrupt);
}

TEST_F(StoreTest, AMissingBlobIsNotFound) {
  Store store = Open();
  const oci::Descriptor blob = oci::DescriptorOf(std::string(oci::kOciLayer), "hello");
  EXPECT_EQ(ErrorOf([&] { store.blobs().Open(blob); }).kind(), ErrorKind::kNotFound);
}

// Damage on disk: noticed, said, and repaired by the next Put.
TEST_F(StoreTest, ADamagedBlobIsSetAside) {
  for (const char* damage : {"jello", "hel", "", "hello world"}) {
    Store store = Open();
    const oci::Descriptor blob = Put(store, "hello");
    WriteFileAtomically(store.layout().Blob(blob.digest), damage);
    const Error error = ErrorOf([&] { Get(store, blob); });
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt) << damage;
    EXPECT_FALSE(error.hint().empty());
    EXPECT_FALSE(store.blobs().Has(blob.digest)) << damage;
    EXPECT_EQ(Get(store, Put(store, "hello")), "hello");
  }
}

TEST_F(StoreTest, AWrongSizeInADescriptorDoesNotCostTheBlob) {
  Store store = Open();
  oci::Descriptor blob = Put(store, "hello");
  blob.size = 7;
  EXPECT_EQ(ErrorOf([&] { Get(store, blob); }).kind(), ErrorKind::kCorrupt);
  EXPECT_TRUE(store.blobs().Has(blob.digest));
}

TEST_F(StoreTest, ASymbolicLinkInPlaceOfABlobIsNotFollowed) {
  Store store = Open();
  const oci::Descriptor blob = oci::DescriptorOf(std::string(oci::kOciLayer), "hello");
  WriteFileAtomically(scratch() / "elsewhere", "hello");
  std::filesystem::create_symlink(scratch() / "elsewhere", store.layout().Blob(blob.digest));
  EXPECT_FALSE(store.blobs().Has(blob.digest));
  EXPECT_THROW(Get(store, blob), Error);
}

TEST_F(StoreTest, AWriterLearnsItsDigest) {
  Store store = Open();
  auto writer = store.NewBlob();
  writer->Write(AsBytes("hel"));
  writer->Write(AsBytes("lo"));
  writer->Finish();
  const oci::Descriptor blob = writer->Describe("text/plain");
  EXPECT_EQ(blob, oci::DescriptorOf("text/plain", "hello"));
  EXPECT_EQ(writer->ReadBack(10), "hello");
  EXPECT_FALSE(store.blobs().Has(blob.digest));
  writer->Publish();
  EXPECT_EQ(writer->ReadBack(10), "hello");
  EXPECT_EQ(Get(store, blob), "hello");
}

TEST_F(StoreTest, AnAbandonedWriterLeavesNothing) {
  Store store = Open();
  {
    auto writer = store.NewBlob();
    writer->Write(AsBytes("hello"));
  }
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
}

TEST_F(StoreTest, ManyProcessesMayPutTheSameBlobs) {
  Open();
  std::vector<std::unique_ptr<ChildRun>> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(std::make_unique<ChildRun>([&] {
      Store store = Open();
      for (int n = 0; n < 40; ++n) Put(store, std::string(1000, 'x') + std::to_string(n));
    }));
  }
  for (auto& child : children) EXPECT_EQ(child->Wait(), 0);
  EXPECT_EQ(CountEntries(root() / "blobs/sha256"), 40u);
  EXPECT_EQ(CountEntries(root() / "ingest"), 0u);
}

}  // namespace
}  // namespace ibuild::layers
