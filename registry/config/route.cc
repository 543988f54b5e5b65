#include "registry/config/route.h"

#include <algorithm>

#include "support/error.h"

namespace ibuild::registry {

std::optional<Upstream> ParseUpstream(std::string_view location, std::string_view path) {
  std::optional<Scheme> scheme;
  if (location.starts_with("https://")) scheme = Scheme::kHttps;
  if (location.starts_with("http://")) scheme = Scheme::kHttp;
  if (scheme) location.remove_prefix(location.find("//") + 2);
  while (location.ends_with('/')) location.remove_suffix(1);
  const std::size_t slash = std::min(location.find('/'), location.size());
  std::string below(slash < location.size() ? location.substr(slash + 1) : std::string_view());
  if (!below.empty() && !path.empty()) below += '/';
  below += path;
  try {
    return Upstream{{oci::RegistryHost::Parse(location.substr(0, slash)), std::move(below)},
                    scheme};
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace ibuild::registry
