#include "builder/secrets/secret_store.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/builder/files.h"
#include "tests/expect_error.h"
#include "tests/scratch_dir.h"

namespace ibuild::builder {
namespace {

class SecretStoreTest : public testing::Test {
 protected:
  ScratchDir root_;
  std::map<std::string, SecretSource> sources_;
};

TEST_F(SecretStoreTest, AnUnknownIdIsNothing) {
  EXPECT_EQ(SecretStore(sources_).Find("x"), std::nullopt);
}

TEST_F(SecretStoreTest, BytesAreKeptExactly) {
  Write(root_.path(), "s", std::string("a\0b\n", 4));
  sources_["s"].file = root_.path() / "s";
  EXPECT_EQ(SecretStore(sources_).Find("s")->Reveal(), std::string("a\0b\n", 4));
}

TEST_F(SecretStoreTest, AVariableMustBeSet) {
  ::setenv("IBUILD_TEST_SECRET", "value", 1);
  sources_["set"].environment = "IBUILD_TEST_SECRET";
  sources_["unset"].environment = "IBUILD_TEST_NO_SUCH";
  SecretStore store(sources_);
  EXPECT_EQ(store.Find("set")->Reveal(), "value");
  ExpectError(ErrorKind::kNotFound, "is not set", [&] { store.Find("unset"); });
}

TEST_F(SecretStoreTest, ACommandsOutputIsTheSecret) {
  sources_["ok"].command = "printf 'a b\\n'";
  sources_["bad"].command = "echo leaked; exit 3";
  SecretStore store(sources_);
  EXPECT_EQ(store.Find("ok")->Reveal(), "a b\n");
  const auto error = CatchError([&] { store.Find("bad"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(std::string(error->what()).find("leaked"), std::string::npos);
}

TEST_F(SecretStoreTest, TheLimitIs500KiB) {
  Write(root_.path(), "fits", std::string(500u << 10, 'x'));
  Write(root_.path(), "big", std::string(5u << 20, 'x'));
  sources_["fits"].file = root_.path() / "fits";
  sources_["big"].file = root_.path() / "big";
  SecretStore store(sources_);
  EXPECT_EQ(store.Find("fits")->Reveal().size(), 500u << 10);
  ExpectError(ErrorKind::kInvalidInput, "secret big too big. max size 500KiB",
              [&] { store.Find("big"); });
}

}  // namespace
}  // namespace ibuild::builder
