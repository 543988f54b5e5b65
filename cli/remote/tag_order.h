// Tags: which ones are meant, and which is the newer. Pure.
#pragma once

#include <string>
#include <string_view>

namespace ibuild::cli {

// "1.9" before "1.10", "1.0-rc1" before "1.0" (semver.org 11), "v1" as "1"; what is no version
// comes first, by name.
bool IsOlderVersion(const std::string& a, const std::string& b);

// "sha256-…", with or without a suffix: made by referrers' fallback and by cosign.
bool IsDigestTag(std::string_view tag);

// `pattern`: "1.*" with `*` and `?`, or "/regular expression/". Throws kUsage for a broken one.
bool MatchesTag(const std::string& tag, const std::string& pattern);
// The whole of a regular expression, found anywhere in the tag, as Go's programs match.
bool MatchesRegex(const std::string& tag, const std::string& expression);

// A range of versions, as in "^1.2", "~1.2.3", ">= 1.0, < 2.0", "1.2.x", parts joined by blanks or
// commas all holding, "||" between alternatives. What is no version is in no range.
bool IsInVersionRange(const std::string& tag, const std::string& range);

}  // namespace ibuild::cli
