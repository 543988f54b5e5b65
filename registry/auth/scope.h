// Scopes of registry tokens (distribution-spec token authentication, "scope"):
//
//   scope ::= type ":" name ":" action ("," action)*      repository:library/debian:pull,push
//
// A ScopeSet is canonical: one entry for each resource, actions sorted, the resource that is
// written first (some token servers read only the first scope). Pure.
#pragma once

#include <compare>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::registry {

struct Scope {
  std::string type;  // "repository", "registry"
  std::string name;
  std::set<std::string> actions;

  static std::optional<Scope> Parse(std::string_view text);
  static Scope ForRepository(std::string path, std::set<std::string> actions);
  std::string ToString() const;

  friend auto operator<=>(const Scope&, const Scope&) = default;
};

class ScopeSet {
 public:
  ScopeSet() = default;
  explicit ScopeSet(const std::vector<Scope>& scopes);

  void Add(const Scope& scope);  // actions of the same resource are united
  void Merge(const ScopeSet& other);
  bool empty() const { return scopes_.empty(); }
  bool Covers(const ScopeSet& other) const;
  const std::vector<Scope>& scopes() const { return scopes_; }
  std::vector<std::string> ToStrings() const;
  std::string PrimaryRepository() const;  // path of the first repository, or empty

  friend auto operator<=>(const ScopeSet&, const ScopeSet&) = default;

 private:
  std::vector<Scope> scopes_;
};

// The scopes of a challenge parameter, blank-separated; what does not parse is left out.
ScopeSet ParseScopeList(std::string_view text);

}  // namespace ibuild::registry
