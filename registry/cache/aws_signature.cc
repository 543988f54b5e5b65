#include "registry/cache/aws_signature.h"

#include <fmt/format.h>

#include <ctime>
#include <map>
#include <vector>

#include "support/hmac.h"
#include "support/sha256.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr std::string_view kService = "s3";
constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

struct CanonicalHeaders {
  std::string lines;         // "host:…\n"
  std::string signed_names;  // "host;x-amz-date"
};

CanonicalHeaders Canonical(const HttpRequest& request) {
  std::map<std::string, std::string> headers = {{"host", request.url.origin().Authority()}};
  for (const auto& [name, value] : request.headers.all()) {
    headers[ToLower(name)] = std::string(Trim(value));
  }
  CanonicalHeaders canonical;
  for (const auto& [name, value] : headers) {
    canonical.lines += name + ":" + value + "\n";
    canonical.signed_names += (canonical.signed_names.empty() ? "" : ";") + name;
  }
  return canonical;
}

// Parameters sorted by name; ours are encoded already.
std::string CanonicalQuery(const Url& url) {
  std::map<std::string, std::string> parameters;
  for (const std::string_view parameter : Split(url.query(), '&')) {
    if (parameter.empty()) continue;
    const std::size_t equals = parameter.find('=');
    parameters[std::string(parameter.substr(0, equals))] =
        equals == std::string_view::npos ? "" : std::string(parameter.substr(equals + 1));
  }
  std::vector<std::string> parts;
  for (const auto& [name, value] : parameters) parts.push_back(name + "=" + value);
  return Join(parts, "&");
}

std::string SigningKeyOf(const Secret& secret, std::string_view date, std::string_view region) {
  std::string key = HmacSha256("AWS4" + secret.Reveal(), date);
  for (const std::string_view part : {region, kService, std::string_view("aws4_request")}) {
    key = HmacSha256(key, part);
  }
  return key;
}

}  // namespace

std::string PayloadHash(std::string_view body) { return ToHex(Sha256::Of(body)); }

std::string AwsTime(UnixTime time) {
  const std::time_t seconds = time.seconds;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

void SignAws(HttpRequest& request, const AwsCredentials& credentials, std::string_view region,
             std::string_view payload, UnixTime now) {
  const std::string time = AwsTime(now);
  const std::string date = time.substr(0, 8);
  request.headers.Set("x-amz-date", time);
  request.headers.Set("x-amz-content-sha256", payload);
  if (!credentials.session_token.empty()) {
    request.headers.Set("x-amz-security-token", credentials.session_token.Reveal());
  }
  const CanonicalHeaders headers = Canonical(request);
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", ToString(request.method), request.url.path(),
                  CanonicalQuery(request.url), headers.lines, headers.signed_names, payload);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", date, region, kService);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope, PayloadHash(canonical));
  const std::string signature =
      HmacSha256(SigningKeyOf(credentials.secret_key, date, region), to_sign);
  request.headers.Set(
      "Authorization",
      fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                  credentials.key_id, scope, headers.signed_names, ToHex(AsBytes(signature))));
}

}  // namespace ibuild::registry
