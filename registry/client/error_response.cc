#include "registry/client/error_response.h"

#include <fmt/format.h>

#include "registry/http/retry.h"
#include "registry/http/server_words.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr std::size_t kBodyLimit = 64u << 10;
constexpr std::size_t kPlainLimit = 512;  // longer text is a page, not a message

using Secrets = std::vector<Secret>;

std::string TextOf(const Json& json, const char* key, const Secrets& sent) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return {};
  return ServerWords(found->get<std::string>(), sent);
}

std::string ReadComplaintBody(HttpResponse& response) {
  try {
    return ReadBody(response, kBodyLimit, "error answer");
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    return {};  // the status says enough
  }
}

// A detail is whatever the registry likes: a text, an object, or a list of them.
// NOLINTNEXTLINE(misc-no-recursion): ParseJson bounds the nesting
void CollectDigests(const Json& detail, std::vector<std::string>& digests) {
  if (detail.is_string()) {
    const auto digest = oci::Digest::TryParse(detail.get<std::string>());
    if (digest) digests.push_back(digest->ToString());
  } else if (detail.is_structured()) {
    for (const Json& part : detail) CollectDigests(part, digests);
  }
}

constexpr std::size_t kMostDetail = 512;  // bytes of a complaint with its digests

RegistryComplaint ComplaintOf(const Json& error, const Secrets& sent) {
  RegistryComplaint complaint{TextOf(error, "code", sent), TextOf(error, "message", sent)};
  std::vector<std::string> digests;
  if (const auto detail = error.find("detail"); detail != error.end()) {
    CollectDigests(*detail, digests);
  }
  for (const std::string& digest : digests) {
    if (complaint.message.find(digest) != std::string::npos) continue;
    if (complaint.message.size() > kMostDetail) break;
    complaint.message += (complaint.message.empty() ? "" : " ") + digest;
  }
  return complaint;
}

std::string Describe(const std::vector<RegistryComplaint>& complaints) {
  std::vector<std::string> texts;
  for (const RegistryComplaint& complaint : complaints) {
    const bool both = !complaint.code.empty() && !complaint.message.empty();
    texts.push_back(complaint.code + (both ? ": " : "") + complaint.message);
  }
  return Join(texts, "; ");
}

bool Has(const std::vector<RegistryComplaint>& complaints, std::string_view code) {
  for (const RegistryComplaint& complaint : complaints) {
    if (complaint.code == code) return true;
  }
  return false;
}

ErrorKind KindOf(int status) {
  switch (status) {
    case 401:
      return ErrorKind::kUnauthorized;
    case 403:
      return ErrorKind::kPermissionDenied;
    case 404:
      return ErrorKind::kNotFound;
    case 413:
      return ErrorKind::kResourceExhausted;
    case 405:
    case 501:
      return ErrorKind::kUnsupported;
    default:
      return status >= 500 ? ErrorKind::kUnavailable : ErrorKind::kInvalidInput;
  }
}

std::string_view WordsFor(int status) {
  switch (status) {
    case 401:
    case 403:
      return "access denied";
    case 404:
      return "not found";
    case 413:
      return "too large for this registry";
    case 405:
    case 501:
      return "the registry does not offer this";
    default:
      return status >= 500 ? "the registry fails" : "the registry refuses";
  }
}

bool IsDenied(int status, const std::vector<RegistryComplaint>& complaints) {
  return status == 401 || status == 403 || Has(complaints, "DENIED") ||
         Has(complaints, "UNAUTHORIZED");
}

Error Throttled(const HttpResponse& response, const oci::RegistryHost& host, std::string_view what,
                std::string_view answer) {
  Error error(ErrorKind::kUnavailable,
              fmt::format("{}: {} limits how often it is asked ({}) and {}", what, host.name(),
                          answer, DescribeThrottle(response)));
  if (std::string hint = ThrottleHint(response); !hint.empty()) error.AddHint(std::move(hint));
  if (host.IsDockerHub() && !response.credential) {
    error.AddHint("Docker Hub allows more pulls to those who `ibuild login`");
  }
  return error;
}

// The document as such is refused, not what it names or the name that it is to have.
bool RefusesContent(int status, const std::vector<RegistryComplaint>& complaints) {
  for (const char* code : {"BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN", "MANIFEST_UNKNOWN",
                           "NAME_INVALID", "TAG_INVALID", "DIGEST_INVALID", "SIZE_INVALID"}) {
    if (Has(complaints, code)) return false;
  }
  return status == 400 || status == 406 || status == 415 || status == 422;
}

std::string HintFor(int status, const std::vector<RegistryComplaint>& complaints,
                    const RepositoryAccess& access, const std::optional<UsedCredential>& used,
                    std::string_view hint_for_content) {
  if (IsDenied(status, complaints)) return DeniedHint(access.repository, access.actions, used);
  if (RefusesContent(status, complaints)) return std::string(hint_for_content);
  if (status == 404 && access.actions == Access::kPull) return "check the name and the tag";
  return {};
}

}  // namespace

std::vector<RegistryComplaint> ParseComplaints(std::string_view body, const Secrets& sent) {
  std::vector<RegistryComplaint> complaints;
  try {
    const Json json = ParseJson(body, "error answer", {.bytes = kBodyLimit, .depth = 64});
    const auto errors = json.find("errors");
    if (errors != json.end() && errors->is_array()) {
      for (const Json& error : *errors) {
        if (error.is_object()) {
          complaints.push_back(ComplaintOf(error, sent));
        }
        if (complaints.size() == 4) break;
      }
    } else if (json.is_object()) {
      for (const char* key : {"message", "details", "error"}) {
        if (const std::string text = TextOf(json, key, sent); !text.empty()) {
          return {{"", text}};
        }
      }
    }
  } catch (const Error&) {
    const std::string_view text = Trim(body);
    if (!text.empty() && text.size() <= kPlainLimit && !text.starts_with('<')) {
      complaints.push_back({"", ServerWords(text, sent)});
    }
  }
  return complaints;
}

std::string DeniedHint(const oci::Repository& repository, Access actions,
                       const std::optional<UsedCredential>& credential) {
  const oci::RegistryHost& host = repository.host;
  const std::string login = "`" + LoginCommand(host) + "`";
  const bool pushing = actions != Access::kPull;
  const std::string name = repository.path.substr(repository.path.rfind('/') + 1);
  if (pushing && host.IsDockerHub() && repository.path.starts_with("library/")) {
    const std::string user = credential ? credential->username : "USER";
    return fmt::format(
        "`{0}` alone means Docker's own images; give yours a name of your own{2}: "
        "`ibuild tag {0} {1}/{0} && ibuild push {1}/{0}`",
        name, user, credential ? "" : fmt::format(" and log in with {}", login));
  }
  if (!credential) {
    return pushing ? fmt::format("log in first: {}", login)
                   : fmt::format("it may not exist, or need a login: {}", login);
  }
  const std::string who =
      fmt::format("{} (from {})", Quote(credential->username), credential->source);
  if (!pushing) return fmt::format("{} may not read it, or it does not exist", who);
  return fmt::format(
      "{0} may not push there; log in as someone else with {1}, or use a name that is yours: "
      "`ibuild tag {2} {3} && ibuild push {3}`",
      who, login, repository.ToString(),
      fmt::format("{}/{}/{}", host.name(), credential->username, name));
}

Error ErrorFromResponse(HttpResponse& response, const RepositoryAccess& access,
                        std::string_view what, std::string_view hint_for_content) {
  const int status = response.status;
  const auto complaints = ParseComplaints(ReadComplaintBody(response), response.sent);
  const std::string said = Describe(complaints);
  const std::string answer = fmt::format("{}{}{}", status, said.empty() ? "" : " ", said);
  if (Classify(response) == AnswerClass::kThrottled) {
    return Throttled(response, access.repository.host, what, answer);
  }
  Error error(KindOf(status), fmt::format("{}: {} ({})", what, WordsFor(status), answer));
  std::string hint = HintFor(status, complaints, access, response.credential, hint_for_content);
  if (!hint.empty()) error.AddHint(std::move(hint));
  return error;
}

}  // namespace ibuild::registry
