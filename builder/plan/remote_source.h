// Sources of ADD that are not files of a context: addresses of files and of Git repositories
// (Dockerfile reference, "ADD").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "builder/graph/op.h"

namespace ibuild::builder {

bool IsUrl(std::string_view source);  // http:// or https://

// The name that a downloaded file gets in a directory: the last element of the URL's path,
// "__unnamed__" without one.
std::string FileNameOfUrl(std::string_view url);

// Throws kInvalidInput for a checksum that is no digest.
UrlSource ReadUrlSource(const std::string& url, const std::optional<std::string>& checksum);

// Nothing when `source` is no Git address. Throws kInvalidInput when the flags contradict it.
std::optional<GitSource> ReadGitSource(const std::string& source,
                                       const std::optional<std::string>& checksum,
                                       std::optional<bool> keep_git_dir);

}  // namespace ibuild::builder
