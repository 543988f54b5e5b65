#include "registry/http/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr std::string_view kForbidden{"\r\n\0", 3};

void CheckHeaderText(std::string_view name, std::string_view value) {
  if (name.empty() || name.find_first_of(kForbidden) != std::string_view::npos ||
      value.find_first_of(kForbidden) != std::string_view::npos) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("header {} holds a line break or NUL", Quote(name)));
  }
}

}  // namespace

void Headers::Add(std::string_view name, std::string_view value) {
  CheckHeaderText(name, value);
  all_.emplace_back(name, value);
}

void Headers::Set(std::string_view name, std::string_view value) {
  Remove(name);
  Add(name, value);
}

void Headers::Remove(std::string_view name) {
  std::erase_if(all_, [&](const auto& header) { return EqualsIgnoringCase(header.first, name); });
}

std::optional<std::string> Headers::Get(std::string_view name) const {
  for (const auto& [key, value] : all_) {
    if (EqualsIgnoringCase(key, name)) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Headers::GetAll(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : all_) {
    if (EqualsIgnoringCase(key, name)) values.push_back(value);
  }
  return values;
}

std::string_view ToString(Method method) {
  constexpr std::array<std::string_view, 6> kNames = {"GET", "HEAD",  "POST",
                                                      "PUT", "PATCH", "DELETE"};
  return kNames[static_cast<std::size_t>(method)];
}

RequestBody BodyOfText(std::string text) {
  const std::uint64_t size = text.size();
  return {size, [text = std::move(text)] { return std::make_unique<StringSource>(text); }};
}

std::string ReadBody(HttpResponse& response, std::size_t limit, std::string_view what) {
  return InContext(fmt::format("reading the {} from {}", what, response.url.ToString()),
                   [&] { return ReadToString(*response.body, limit); });
}

std::string ContentType(const Headers& headers) {
  const std::string value = headers.Get("Content-Type").value_or("");
  return ToLower(Trim(std::string_view(value).substr(0, value.find(';'))));
}

std::optional<std::uint64_t> ContentLength(const Headers& headers) {
  const auto value = headers.Get("Content-Length");
  return value ? ParseUnsigned(*value) : std::nullopt;
}

}  // namespace ibuild::registry
