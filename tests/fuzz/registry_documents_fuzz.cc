// JSON from outside: manifests, error answers, token answers, credential files.
#include <cstddef>
#include <cstdint>
#include <string>

#include "oci/manifest.h"
#include "registry/auth/auth_file.h"
#include "registry/auth/docker_config.h"
#include "registry/auth/token.h"
#include "registry/client/error_response.h"
#include "support/error.h"

namespace {

using namespace ibuild;  // NOLINT(google-build-using-namespace)

template <typename Work>
void Try(Work&& work) {
  try {
    work();
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const oci::RegistryHost host = oci::RegistryHost::Parse("docker.io");
  const std::string text(reinterpret_cast<const char*>(data), size);
  Try([&] { oci::ParseManifest(text, "", "fuzz"); });
  Try([&] { registry::ParseTokenAnswer(text, "fuzz", {}); });
  Try([&] { registry::ParseComplaints(text); });
  Try([&] { registry::DockerConfig::Parse(text, "fuzz").Find(host, "a/b"); });
  Try([&] {
    bool done = false;
    const std::string edited =
        registry::SetAuthEntry(text, host, {.auth = "eDp5", .identity_token = {}}, done);
    registry::RemoveAuthEntries(edited, host, done);
    if (!done) __builtin_trap();
  });
  return 0;
}
