// WWW-Authenticate as servers, and those who pose as servers, write it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "registry/auth/challenge.h"
#include "registry/auth/scope.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ibuild::registry;  // NOLINT(google-build-using-namespace)
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const Challenge& challenge : UsableChallenges(ParseChallenges({text, text}))) {
    const ScopeSet scopes = ParseScopeList(challenge.Parameter("scope"));
    if (!scopes.Covers(scopes)) __builtin_trap();
    for (const std::string& scope : scopes.ToStrings()) {
      if (!Scope::Parse(scope)) __builtin_trap();
    }
  }
  return 0;
}
