#include "registry/client/tags.h"

#include <fmt/format.h>

#include <set>

#include "registry/client/error_response.h"
#include "registry/http/transport.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr std::size_t kPageLimit = 8u << 20;
constexpr int kMostPages = 10'000;

bool IsNextRelation(std::string_view parameters) {
  for (const std::string_view part : Split(parameters, ';')) {
    const std::string_view parameter = Trim(part);
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    if (!EqualsIgnoringCase(Trim(parameter.substr(0, equals)), "rel")) continue;
    std::string_view value = Trim(parameter.substr(equals + 1));
    if (value.starts_with('"') && value.ends_with('"') && value.size() > 1) {
      value = value.substr(1, value.size() - 2);
    }
    return EqualsIgnoringCase(value, "next");
  }
  return false;
}

// How many names of the page were not known before.
std::size_t AddPage(std::string_view text, const NameListing& listing,
                    std::set<std::string>& names) {
  const Json json = ParseJson(text, listing.what, {.bytes = kPageLimit, .depth = 64});
  const JsonReader reader(json, listing.what);
  const std::size_t before = names.size();
  for (const std::string& name : reader.StringsIf(listing.member)) {
    if (listing.is_valid(name)) names.insert(name);
  }
  return names.size() - before;
}

std::optional<Url> NextPage(const HttpResponse& response) {
  const auto link = NextLink(response.headers.GetAll("Link"));
  if (!link) return std::nullopt;
  const Url next = response.url.Resolve(*link);
  if (next.origin() != response.url.origin()) {
    throw Error(ErrorKind::kPermissionDenied,
                fmt::format("{} sends us to {} for more names", response.url.origin().ToString(),
                            next.origin().ToString()));
  }
  return next;
}

}  // namespace

std::optional<std::string> NextLink(const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    std::size_t open = value.find('<');
    while (open != std::string::npos) {
      const std::size_t close = value.find('>', open);
      if (close == std::string::npos) break;
      const std::size_t following = value.find('<', close);
      const std::string_view parameters =
          std::string_view(value).substr(close + 1, following - close - 1);
      // A comma ends the link; what stands after it belongs to the next one.
      if (IsNextRelation(parameters.substr(0, parameters.rfind(',')))) {
        return value.substr(open + 1, close - open - 1);
      }
      open = following;
    }
  }
  return std::nullopt;
}

std::vector<std::string> ListNames(const RepositoryAccess& access, const NameListing& listing) {
  std::set<std::string> names;
  std::optional<Url> page = listing.first;
  for (int pages = 0; page && pages < kMostPages; ++pages) {
    HttpRequest request = access.Request(Method::kGet, *page);
    request.answer_limit = kPageLimit;
    HttpResponse response = access.transport->Send(request);
    if (!response.Ok()) throw ErrorFromResponse(response, access, listing.what);
    const std::string text = ReadBody(response, kPageLimit, listing.what);
    if (AddPage(text, listing, names) == 0) break;
    page = NextPage(response);
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> ListTags(const RepositoryAccess& access) {
  return ListNames(access,
                   {.what = "tags of " + access.repository.ToString(),
                    .first = access.endpoints.Tags(kNamesOnAPage),
                    .member = "tags",
                    .is_valid = [](const std::string& tag) { return oci::IsValidTag(tag); }});
}

}  // namespace ibuild::registry
