#include "builder/sandbox/namespace_executor.h"

#include "tests/sandbox/sandbox_test_case.h"

namespace ibuild::builder {
namespace {

class NamespaceExecutorTest : public SandboxTestCase {};

TEST_F(NamespaceExecutorTest, RunsACommandAndPassesItsOutputOn) {
  EXPECT_EQ(Output("echo hello; echo there >&2"), "hello\nthere\n");
}

TEST_F(NamespaceExecutorTest, Probe) {
  std::cout << Output(getenv("PROBE") ? getenv("PROBE") : "true") << Upper();
}

}  // namespace
}  // namespace ibuild::builder
