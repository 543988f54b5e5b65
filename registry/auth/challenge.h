// Challenges of WWW-Authenticate (RFC 9110 11.6.1):
//
//   WWW-Authenticate ::= #challenge        challenge ::= scheme [1*SP (token68 / #auth-param)]
//   auth-param ::= token BWS "=" BWS (token / quoted-string)
//
// One value may hold several challenges and a response several values; commas inside quotes are
// data. Scheme and parameter names come out in lower case. What cannot be read is passed over:
// servers are sloppy and a later challenge may be usable. Pure, linear.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::registry {

struct Challenge {
  std::string scheme;  // "bearer", "basic"
  std::map<std::string, std::string> parameters;

  std::string Parameter(const std::string& name) const;  // empty when not there
};

std::vector<Challenge> ParseChallenges(const std::vector<std::string>& values);

// Those that we can answer, the better first: Bearer, then Basic.
std::vector<Challenge> UsableChallenges(std::vector<Challenge> challenges);

}  // namespace ibuild::registry
