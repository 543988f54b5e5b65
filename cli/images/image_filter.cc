#include "cli/images/image_filter.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "cli/containers/moment.h"
#include "support/bool_text.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

const std::vector<std::string> kFilters = {"dangling", "label", "reference", "before",
                                           "since",    "until", "id"};

struct Unit {
  std::string_view name;
  std::int64_t seconds;
};
constexpr std::array kUnits = {Unit{"h", 3600}, Unit{"m", 60}, Unit{"s", 1}, Unit{"d", 86400},
                               Unit{"w", 7 * 86400}};

// "1h30m"
std::optional<std::int64_t> ParseDuration(std::string_view text) {
  std::int64_t total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = ParseUnsigned(text.substr(0, digits));
    text.remove_prefix(digits);
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [&](const Unit& known) { return text.starts_with(known.name); });
    constexpr std::uint64_t kMost = 1u << 30;
    if (!number || *number > kMost || unit == kUnits.end()) return std::nullopt;
    total += static_cast<std::int64_t>(*number) * unit->seconds;
    text.remove_prefix(unit->name.size());
  }
  return total;
}

bool AsBool(const std::string& text) {
  if (const auto truth = ParseBool(text)) return *truth;
  throw Error(ErrorKind::kUsage, fmt::format("{} is neither true nor false", Quote(text)));
}

const ListedImage& FindIn(const std::vector<ListedImage>& all, const std::string& wanted) {
  for (const ListedImage& listed : all) {
    const std::string& hex = listed.image.id().hex();
    const bool by_id = hex.starts_with(wanted) || ("sha256:" + hex) == wanted;
    if (by_id || (listed.name && MatchesName(*listed.name, wanted))) return listed;
  }
  throw Error(ErrorKind::kNotFound, fmt::format("there is no image {} in the store", Quote(wanted)))
      .WithHint("`ibuild images` lists what there is");
}

}  // namespace

UnixTime ParseUntil(const std::string& text, UnixTime now) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  if (const auto seconds = ParseDuration(text)) return {.seconds = now.seconds - *seconds};
  return {.seconds = ParseMoment(text) / kNanoseconds};
}

bool MatchesName(const oci::Reference& name, const std::string& pattern) {
  const std::string repository = RepositoryName(name, false);
  const std::string tagged = name.Familiar();
  const std::string in_full = name.ToString();
  const auto matches = [&](const std::string& text) {
    return ::fnmatch(pattern.c_str(), text.c_str(), FNM_PATHNAME) == 0;
  };
  return matches(repository) || matches(tagged) || matches(in_full) ||
         matches(name.repository().ToString());
}

void ImageFilter::Add(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is not KEY=VALUE", Quote(text)));
  }
  const std::string key = text.substr(0, equals);
  const std::string value = text.substr(equals + 1);
  if (key == "dangling") {
    dangling_ = AsBool(value);
  } else if (key == "label" || key == "label!") {
    const std::size_t inner = value.find('=');
    Label label{.key = value.substr(0, inner), .value = {}, .absent = key == "label!"};
    if (inner != std::string::npos) label.value = value.substr(inner + 1);
    labels_.push_back(std::move(label));
  } else if (key == "reference") {
    references_.push_back(value);
  } else if (key == "id") {
    ids_.push_back(value.starts_with("sha256:") ? value.substr(7) : value);
  } else if (key == "before") {
    before_ = value;
  } else if (key == "since" || key == "after") {
    since_ = value;
  } else if (key == "until") {
    until_ = value;
  } else {
    Error error(ErrorKind::kUsage, fmt::format("there is no filter {}", Quote(key)));
    const auto nearest = ClosestMatch(key, kFilters);
    throw error.AddHint(nearest ? fmt::format("did you mean `{}`?", *nearest)
                                : fmt::format("filters are {}", Join(kFilters, ", ")));
  }
}

bool ImageFilter::MatchesLabels(const oci::RuntimeConfig& config) const {
  return std::all_of(labels_.begin(), labels_.end(), [&](const Label& label) {
    const auto found = config.labels.find(label.key);
    const bool there =
        found != config.labels.end() && (!label.value || found->second == *label.value);
    return there != label.absent;
  });
}

bool ImageFilter::MatchesReference(const ListedImage& image) const {
  if (references_.empty()) return true;
  return image.name &&
         std::any_of(references_.begin(), references_.end(),
                     [&](const std::string& pattern) { return MatchesName(*image.name, pattern); });
}

std::vector<ListedImage> ImageFilter::Apply(std::vector<ListedImage> all, UnixTime now) const {
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> since;
  if (before_) before = FindIn(all, *before_).created.seconds;
  if (since_) since = FindIn(all, *since_).created.seconds;
  if (until_) before = std::min(before.value_or(now.seconds), ParseUntil(*until_, now).seconds);
  std::erase_if(all, [&](const ListedImage& image) {
    const std::int64_t created = image.created.seconds;
    const std::string& hex = image.image.id().hex();
    const bool by_id = ids_.empty() || std::any_of(ids_.begin(), ids_.end(), [&](const auto& id) {
                         return hex.starts_with(id);
                       });
    return (dangling_ && *dangling_ == image.name.has_value()) || !by_id ||
           (before && created >= *before) || (since && created <= *since) ||
           !MatchesLabels(image.image.config.config) || !MatchesReference(image);
  });
  return all;
}

}  // namespace ibuild::cli
