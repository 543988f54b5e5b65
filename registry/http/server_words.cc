#include "registry/http/server_words.h"

#include <algorithm>

#include "registry/http/url.h"
#include "support/base64.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr std::size_t kShown = 512;
// A shorter one is in every text by chance; masking it would show what it is.
constexpr std::size_t kShortest = 3;

bool IsPublic(std::string_view name) {
  static constexpr std::string_view kNames[] = {"accept",        "content-type", "content-length",
                                                "content-range", "range",        "user-agent",
                                                "expect",        "host"};
  return std::ranges::find(kNames, ToLower(name)) != std::end(kNames);
}

// "Basic dXNlcjpw": the words that a header is made of, and what is packed in them.
void AddHeaderValue(std::string_view value, std::vector<Secret>* forms) {
  const std::string_view payload = Trim(value.substr(std::min(value.find(' '), value.size())));
  AddForms(Secret(std::string(payload.empty() ? value : payload)), forms);
  if (!ToLower(value).starts_with("basic ")) return;
  const auto pair = DecodeBase64(payload);
  if (!pair) return;
  AddForms(Secret(*pair), forms);
  AddForms(Secret(pair->substr(std::min(pair->find(':'), pair->size() - 1) + 1)), forms);
}

}  // namespace

void AddForms(const Secret& secret, std::vector<Secret>* forms) {
  if (secret.Reveal().size() < kShortest) return;
  forms->push_back(secret);
  forms->emplace_back(PercentEncode(secret.Reveal()));
  forms->emplace_back(EncodeBase64(secret.Reveal()));
}

std::vector<Secret> SecretsOf(const Headers& headers) {
  std::vector<Secret> forms;
  for (const auto& [name, value] : headers.all()) {
    if (!IsPublic(name) && !value.empty()) AddHeaderValue(value, &forms);
  }
  return forms;
}

// The longest first: a form may hold another.
std::string WithoutSecrets(std::string text, const std::vector<Secret>& secrets) {
  std::vector<const std::string*> sorted;
  for (const Secret& secret : secrets) sorted.push_back(&secret.Reveal());
  std::ranges::sort(sorted, std::ranges::greater(), &std::string::size);
  for (const std::string* secret : sorted) {
    for (std::size_t at = text.find(*secret); at != std::string::npos;
         at = text.find(*secret, at)) {
      text.replace(at, secret->size(), "****");
      at += 4;
    }
  }
  return text;
}

std::string ServerWords(std::string_view said, const std::vector<Secret>& secrets) {
  std::string text = WithoutSecrets(std::string(Trim(said)), secrets);
  text.resize(std::min(text.size(), kShown));
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return PrintableText(text);
}

}  // namespace ibuild::registry
