#include "oci/reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "oci/reference_grammar.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::oci {
namespace {

namespace grammar = reference_grammar;

constexpr std::string_view kHub = "docker.io";
constexpr std::string_view kOfficial = "library/";
constexpr std::size_t kMaxPath = 255;

Error Malformed(std::string_view text, std::string_view problem) {
  return Error(ErrorKind::kInvalidInput,
               fmt::format("invalid image reference {}: {}", Quote(text), problem));
}

bool IsDomain(std::string_view text) {
  return text == "localhost" || text.find_first_of(".:") != std::string_view::npos ||
         text != ToLower(text);
}

// The pieces of a reference as typed, cut but not yet judged.
struct Pieces {
  std::string_view domain;  // empty: none was given
  std::string_view path;
  std::optional<std::string_view> tag;
  std::optional<std::string_view> digest;
};

Pieces Cut(std::string_view text) {
  Pieces pieces;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    pieces.digest = text.substr(at + 1);
    text = text.substr(0, at);
  }
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && IsDomain(text.substr(0, slash))) {
    pieces.domain = text.substr(0, slash);
    text.remove_prefix(slash + 1);
  }
  // After the last slash only: a colon before it would be a port in a place where none may be.
  const std::size_t name = text.rfind('/') + 1;  // npos + 1 is 0
  if (const std::size_t colon = text.find(':', name); colon != std::string_view::npos) {
    pieces.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  pieces.path = text;
  return pieces;
}

void RefuseLookalikes(std::string_view text) {
  if (text.empty()) throw Error(ErrorKind::kInvalidInput, "the image reference is empty");
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    throw Malformed(text, "a scheme is not part of a reference")
        .WithHint(fmt::format("write `{}`", text.substr(scheme + 3)));
  }
  if (text.size() == 64 && Digest::TryParse(fmt::format("sha256:{}", text))) {
    throw Malformed(text, "that looks like an image ID, not a name")
        .WithHint("an image is named like `debian:12`, or by digest as `name@sha256:…`");
  }
}

// `path` with library/ where Docker Hub implies it.
std::string CheckedPath(std::string_view text, const RegistryHost& host, std::string_view path) {
  if (!grammar::IsPath(path)) {
    const std::string lower = ToLower(path);
    if (lower != path && grammar::IsPath(lower)) {
      throw Malformed(text, "a repository name must be lower-case")
          .WithHint(fmt::format("write `{}`", lower));
    }
    throw Malformed(text, fmt::format("{} is not a repository name", Quote(path)))
        .WithHint(
            "a name's parts are lower-case letters and digits, joined by one `.`, one or two "
            "`_`, or any number of `-`");
  }
  const bool official = host.IsDockerHub() && path.find('/') == std::string_view::npos;
  std::string full = official ? fmt::format("{}{}", kOfficial, path) : std::string(path);
  if (full.size() > kMaxPath) {
    throw Malformed(text, fmt::format("the repository name is longer than {} bytes", kMaxPath));
  }
  return full;
}

std::string CheckedTag(std::string_view text, std::string_view tag) {
  if (IsValidTag(tag)) return std::string(tag);
  throw Malformed(text, fmt::format("{} is not a tag", Quote(tag)))
      .WithHint(
          "a tag is up to 128 letters, digits, `_`, `.` and `-`, and does not begin with `.` "
          "or `-`");
}

Digest CheckedDigest(std::string_view text, std::string_view digest) {
  if (auto parsed = Digest::TryParse(digest)) return *std::move(parsed);
  throw Malformed(text, fmt::format("{} is not a digest", Quote(digest)))
      .WithHint("after `@` comes `sha256:` and 64 lower-case hexadecimal digits");
}

}  // namespace

RegistryHost RegistryHost::Parse(std::string_view text) {
  if (!grammar::IsHost(text)) {
    Error error(ErrorKind::kInvalidInput, fmt::format("{} is not a registry host", Quote(text)));
    if (text.find("://") != std::string_view::npos) error.AddHint("leave out the scheme");
    throw error;
  }
  if (text == "index.docker.io" || text == "registry-1.docker.io") text = kHub;
  return RegistryHost(std::string(text));
}

std::string RegistryHost::ApiHost() const { return IsDockerHub() ? "registry-1.docker.io" : name_; }

bool RegistryHost::IsLoopback() const {
  if (name_ == "[::1]" || name_.starts_with("[::1]:")) return true;
  std::string host = ToLower(std::string_view(name_).substr(0, name_.find(':')));
  if (host.ends_with('.')) host.pop_back();
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  // A name such as 127.evil.example is no address.
  return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

Reference::Reference(Repository repository, std::optional<std::string> tag,
                     std::optional<Digest> digest)
    : repository_(std::move(repository)), tag_(std::move(tag)), digest_(std::move(digest)) {
  if (!tag_ && !digest_) tag_ = "latest";
}

Reference Reference::Parse(std::string_view text) {
  RefuseLookalikes(text);
  const Pieces pieces = Cut(text);
  const RegistryHost host = InContext(fmt::format("invalid image reference {}", Quote(text)), [&] {
    return RegistryHost::Parse(pieces.domain.empty() ? kHub : pieces.domain);
  });
  std::string path = CheckedPath(text, host, pieces.path);
  std::optional<std::string> tag;
  std::optional<Digest> digest;
  if (pieces.tag) tag = CheckedTag(text, *pieces.tag);
  if (pieces.digest) digest = CheckedDigest(text, *pieces.digest);
  return Reference({host, std::move(path)}, std::move(tag), std::move(digest));
}

std::string Reference::Selector() const { return digest_ ? digest_->ToString() : *tag_; }

Reference Reference::WithDigest(const Digest& digest) const {
  return Reference(repository_, tag_, digest);
}

Reference Reference::WithTag(std::string tag) const {
  return Reference(repository_, CheckedTag(tag, tag), std::nullopt);
}

std::string Reference::ToString() const {
  std::string text = repository_.ToString();
  if (tag_) text += ":" + *tag_;
  if (digest_) text += "@" + digest_->ToString();
  return text;
}

std::string Reference::Familiar() const {
  std::string text = ToString();
  if (!repository_.host.IsDockerHub()) return text;
  text.erase(0, kHub.size() + 1);
  const std::string_view path = repository_.path;
  if (path.starts_with(kOfficial) && std::count(path.begin(), path.end(), '/') == 1) {
    text.erase(0, kOfficial.size());
  } else if (IsDomain(path.substr(0, path.find('/')))) {
    return ToString();  // "docker.io/localhost/x" without its host would be on localhost
  }
  return text;
}

bool IsValidRepositoryPath(std::string_view text) { return grammar::IsPath(text); }
bool IsValidTag(std::string_view text) { return grammar::IsTag(text); }

}  // namespace ibuild::oci
