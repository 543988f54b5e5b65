// Opening a store: making it, recognising it, refusing what is not ours.
#include <atomic>
#include <thread>

#include "tests/layers/store_fixture.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

TEST_F(StoreTest, OpeningMakesAPrivateOciLayout) {
  const Store store = Open();
  struct stat info;
  ASSERT_EQ(::stat(root().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
  EXPECT_EQ(ReadFile(root() / "oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
  EXPECT_NE(ReadFile(root() / "index.json").find("\"manifests\""), std::string::npos);
  EXPECT_EQ(ReadFile(root() / "version"), "1\n");
}

TEST_F(StoreTest, OpeningAgainWritesNothing) {
  Open();
  struct stat before;
  struct stat after;
  ASSERT_EQ(::stat(root().c_str(), &before), 0);
  Open();
  ASSERT_EQ(::stat(root().c_str(), &after), 0);
  EXPECT_EQ(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
  EXPECT_EQ(CountEntries(root() / "leases"), 0u);
}

TEST_F(StoreTest, AForeignDirectoryIsRefused) {
  MakeDirectories(root());
  WriteFileAtomically(root() / "thesis.tex", "years of work");
  const Error error = ErrorOf([&] { Open(); });
  EXPECT_EQ(error.kind(), ErrorKind::kInvalidInput);
  EXPECT_NE(error.message().find("thesis.tex"), std::string::npos);
  EXPECT_EQ(CountEntries(root()), 1u);
}

TEST_F(StoreTest, AStoreWhoseMakingWasInterruptedIsCompleted) {
  MakeDirectories(root() / "blobs/sha256");
  WriteFileAtomically(root() / "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
  Store store = Open();
  EXPECT_TRUE(store.names().List().empty());
}

TEST_F(StoreTest, ALaterFormatIsRefused) {
  Open();
  WriteFileAtomically(root() / "version", "7\n");
  EXPECT_EQ(ErrorOf([&] { Open(); }).kind(), ErrorKind::kUnsupported);
}

TEST_F(StoreTest, AFileInItsPlaceIsRefused) {
  WriteFileAtomically(root(), "");
  EXPECT_EQ(ErrorOf([&] { Open(); }).kind(), ErrorKind::kInvalidInput);
}

TEST_F(StoreTest, AnotherUsersStoreIsRefused) {
  if (::geteuid() != 0) {
    // Only root can make a directory that belongs to someone else; root's own stands in for it.
    EXPECT_EQ(ErrorOf([] { Store::Open("/usr"); }).kind(), ErrorKind::kPermissionDenied);
    return;
  }
  Open();
  ASSERT_EQ(::chown(root().c_str(), 12345, 12345), 0);
  const Error error = ErrorOf([&] { Open(); });
  EXPECT_EQ(error.kind(), ErrorKind::kPermissionDenied);
  EXPECT_NE(error.hint().find("--root"), std::string::npos);
}

TEST_F(StoreTest, AStoreThatOthersCouldReadIsMadePrivate) {
  Open();
  ASSERT_EQ(::chmod(root().c_str(), 0755), 0);
  Open();
  struct stat info;
  ASSERT_EQ(::stat(root().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(StoreTest, ManyProcessesMayMakeTheSameStore) {
  std::vector<std::unique_ptr<ChildRun>> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(
        std::make_unique<ChildRun>([&] { Open().WriteRecord(std::string(64, 'a'), "x"); }));
  }
  for (auto& child : children) EXPECT_EQ(child->Wait(), 0);
  EXPECT_EQ(Open().ReadRecord(std::string(64, 'a')), "x");
}

}  // namespace
}  // namespace ibuild::layers
