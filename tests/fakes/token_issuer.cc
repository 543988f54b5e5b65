#include "tests/fakes/token_issuer.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <cstdio>

#include "support/clock.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"
#include "support/sha256.h"
#include "support/text.h"

namespace ibuild::fakes {
namespace {

constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// RFC 4648 without padding: `bits` of the input make one character.
std::string EncodeBits(std::string_view bytes, std::string_view alphabet, int bits) {
  std::string text;
  std::uint32_t buffer = 0;
  int have = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned char>(c);
    have += 8;
    while (have >= bits) {
      have -= bits;
      text += alphabet[(buffer >> have) & ((1u << bits) - 1)];
    }
  }
  if (have > 0) text += alphabet[(buffer << (bits - have)) & ((1u << bits) - 1)];
  return text;
}

std::string Base64Url(std::string_view bytes) { return EncodeBits(bytes, kBase64Url, 6); }

std::string DecodeBase64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  const int size = EVP_DecodeBlock(out, in, static_cast<int>(text.size()));
  if (size < 0) return {};
  bytes.resize(static_cast<std::size_t>(size));
  while (!bytes.empty() && bytes.back() == '\0') bytes.pop_back();
  return bytes;
}

std::shared_ptr<EVP_PKEY> LoadKey(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             std::fclose);
  if (!file) ThrowErrno(path.string());
  EVP_PKEY* key = PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr);
  if (key == nullptr) throw Error(ErrorKind::kInvalidInput, path.string() + " holds no key");
  return {key, EVP_PKEY_free};
}

// How the registry names keys: the first 240 bits of the SHA-256 of the public key's DER form, in
// base 32, twelve groups of four.
std::string KeyId(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  const Sha256Value hash =
      Sha256::Of({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  const std::string text = EncodeBits({reinterpret_cast<const char*>(hash.data()), 30}, kBase32, 5);
  std::vector<std::string> groups;
  for (std::size_t i = 0; i < text.size(); i += 4) groups.push_back(text.substr(i, 4));
  return Join(groups, ":");
}

std::string SignRs256(EVP_PKEY* key, const std::string& text) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key);
  EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                 text.size());
  signature.resize(size);
  return signature;
}

// "repository:a/b:pull,push" as the token's claim; the name may hold colons.
OrderedJson AccessClaim(const std::string& scope) {
  const std::size_t first = scope.find(':');
  const std::size_t last = scope.rfind(':');
  OrderedJson actions = OrderedJson::array();
  for (const std::string_view action : Split(std::string_view(scope).substr(last + 1), ',')) {
    actions.push_back(std::string(action));
  }
  return {{"type", scope.substr(0, first)},
          {"name", scope.substr(first + 1, last - first - 1)},
          {"actions", actions}};
}

}  // namespace

std::optional<std::string> CheckBasic(const std::string& authorization,
                                      const std::map<std::string, std::string>& users) {
  if (authorization.empty()) return "";
  if (!authorization.starts_with("Basic ")) return std::nullopt;
  const std::string pair = DecodeBase64(authorization.substr(6));
  const std::size_t colon = pair.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto user = users.find(pair.substr(0, colon));
  if (user == users.end() || user->second != pair.substr(colon + 1)) return std::nullopt;
  return user->first;
}

TokenIssuer::TokenIssuer(IssuerSettings settings)
    : settings_(std::move(settings)), key_(LoadKey(settings_.key)), key_id_(KeyId(key_.get())) {}

std::string TokenIssuer::Sign(const std::string& subject, const std::string& service,
                              const std::vector<std::string>& scopes) const {
  const std::int64_t now = Now().seconds;
  OrderedJson access = OrderedJson::array();
  for (const std::string& scope : scopes) access.push_back(AccessClaim(scope));
  const OrderedJson header = {{"typ", "JWT"}, {"alg", "RS256"}, {"kid", key_id_}};
  const OrderedJson claims = {{"iss", settings_.issuer}, {"sub", subject},
                              {"aud", service},          {"exp", now + settings_.lifetime.count()},
                              {"nbf", now - 10},         {"iat", now},
                              {"jti", RandomHex()},      {"access", access}};
  const std::string text = Base64Url(DumpJson(header)) + "." + Base64Url(DumpJson(claims));
  return text + "." + Base64Url(SignRs256(key_.get(), text));
}

std::optional<std::string> TokenIssuer::Granted(const std::string& user,
                                                const std::string& scope) const {
  const std::size_t first = scope.find(':');
  const std::size_t last = scope.rfind(':');
  if (first == std::string::npos || last == first) return std::nullopt;
  const std::string name = scope.substr(first + 1, last - first - 1);
  const bool own = name.starts_with(user + "/");
  std::vector<std::string> actions;
  for (const std::string_view action : Split(std::string_view(scope).substr(last + 1), ',')) {
    const bool read = action == "pull";
    const bool allowed =
        user.empty() ? settings_.public_pull && read : read || own || !settings_.push_own_only;
    if (allowed) actions.emplace_back(action);
  }
  if (actions.empty()) return std::nullopt;
  return scope.substr(0, last + 1) + Join(actions, ",");
}

FakeResponse TokenIssuer::Answer(const FakeRequest& request) const {
  const HeaderList json = {{"Content-Type", "application/json"}};
  if (request.method != "GET" || request.path != "/token") return {.status = 404, .headers = json};
  const auto user = CheckBasic(request.Header("Authorization"), settings_.users);
  if (!user) {
    return {
        .status = 401, .headers = json, .body = R"({"details": "incorrect username or password"})"};
  }
  std::vector<std::string> granted;
  for (const std::string& scope : request.Parameters("scope")) {
    if (const auto part = Granted(*user, scope)) granted.push_back(*part);
  }
  const std::string token = Sign(*user, request.Parameter("service").value_or(""), granted);
  const OrderedJson answer = {{"token", token}, {"expires_in", settings_.lifetime.count()}};
  return {.status = 200, .headers = json, .body = DumpJson(answer)};
}

}  // namespace ibuild::fakes
