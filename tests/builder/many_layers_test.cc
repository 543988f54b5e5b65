// Stages of many layers: each step sees all layers before it, and must not keep them open.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/builder/solve_fixture.h"

namespace ibuild::builder {
namespace {

// For the length of a test, as few descriptors as a shell gives where the default is low.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t count) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = count;
    setrlimit(RLIMIT_NOFILE, &few);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(SolveTest, AHundredCopiesNeedFewDescriptors) {
  Write(context(), "a", "1");
  std::string text = "FROM scratch\n";
  for (int i = 0; i < 100; ++i) text += fmt::format("COPY a /{}\n", i);
  const FewDescriptors limit(500);  // all layers of all steps would be five thousand
  EXPECT_EQ(BuildText(text).images.at(0).layers.size(), 100U);
}

}  // namespace
}  // namespace ibuild::builder
