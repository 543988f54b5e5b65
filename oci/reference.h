// Image references, as Docker reads them.
//
//   reference ::= name [":" tag] ["@" digest]      name ::= [domain "/"] path
//   domain    ::= host [":" digits]                host ::= label ("." label)* | IPv4 | "[" IPv6
//   "]" path      ::= component ("/" component)* component ::= [a-z0-9]+ (("." | "_" | "__" | "-"+)
//   [a-z0-9]+)* tag       ::= [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
//
// The text before the first "/" is the domain when it is "localhost", holds "." or ":" or an
// upper-case letter; otherwise the domain is docker.io. On docker.io a one-component path gets
// "library/". Without tag and digest the tag is "latest". With both, the digest selects.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "oci/digest.h"

namespace ibuild::oci {

// A registry's name as users write it: "docker.io", "localhost:5000", "[::1]:5000".
class RegistryHost {
 public:
  static RegistryHost Parse(std::string_view text);  // throws kInvalidInput

  const std::string& name() const { return name_; }
  // Where the API is: "registry-1.docker.io" for docker.io, else the name itself.
  std::string ApiHost() const;
  bool IsDockerHub() const { return name_ == "docker.io"; }
  bool IsLoopback() const;  // localhost, 127.0.0.0/8, [::1]

  friend auto operator<=>(const RegistryHost&, const RegistryHost&) = default;

 private:
  explicit RegistryHost(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

struct Repository {
  RegistryHost host;
  std::string path;  // "library/debian"

  std::string ToString() const { return host.name() + "/" + path; }
  friend auto operator<=>(const Repository&, const Repository&) = default;
};

class Reference {
 public:
  // Throws kInvalidInput saying which rule is broken, with a hint (the lower-case form, "that
  // looks like an image ID", "a scheme is not part of a reference").
  static Reference Parse(std::string_view text);
  Reference(Repository repository, std::optional<std::string> tag, std::optional<Digest> digest);

  const Repository& repository() const { return repository_; }
  const std::optional<std::string>& tag() const { return tag_; }
  const std::optional<Digest>& digest() const { return digest_; }

  // What selects the manifest on the wire: the digest, else the tag.
  std::string Selector() const;
  Reference WithDigest(const Digest& digest) const;
  Reference WithTag(std::string tag) const;  // and without digest

  // "docker.io/library/debian:12", in full.
  std::string ToString() const;
  // As people write it: without docker.io/ and library/.
  std::string Familiar() const;

  friend auto operator<=>(const Reference&, const Reference&) = default;

 private:
  Repository repository_;
  std::optional<std::string> tag_;
  std::optional<Digest> digest_;
};

bool IsValidRepositoryPath(std::string_view text);
bool IsValidTag(std::string_view text);

}  // namespace ibuild::oci
