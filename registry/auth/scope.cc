#include "registry/auth/scope.h"

#include <algorithm>

#include "support/text.h"

namespace ibuild::registry {
namespace {

bool Writes(const Scope& scope) {
  return scope.actions.contains("push") || scope.actions.contains("delete") ||
         scope.actions.contains("*");
}

bool SameResource(const Scope& a, const Scope& b) { return a.type == b.type && a.name == b.name; }

}  // namespace

// The name may hold colons ("host:5000/x"), type and actions may not.
std::optional<Scope> Scope::Parse(std::string_view text) {
  const std::size_t first = text.find(':');
  const std::size_t last = text.rfind(':');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  Scope scope{std::string(text.substr(0, first)),
              std::string(text.substr(first + 1, last - first - 1)),
              {}};
  for (const std::string_view action : Split(text.substr(last + 1), ',')) {
    if (!action.empty()) scope.actions.emplace(action);
  }
  return scope;
}

Scope Scope::ForRepository(std::string path, std::set<std::string> actions) {
  return {"repository", std::move(path), std::move(actions)};
}

std::string Scope::ToString() const {
  return type + ":" + name + ":" + Join({actions.begin(), actions.end()}, ",");
}

ScopeSet::ScopeSet(const std::vector<Scope>& scopes) {
  for (const Scope& scope : scopes) Add(scope);
}

void ScopeSet::Add(const Scope& scope) {
  const auto same = std::find_if(scopes_.begin(), scopes_.end(),
                                 [&](const Scope& known) { return SameResource(known, scope); });
  if (same != scopes_.end()) {
    same->actions.insert(scope.actions.begin(), scope.actions.end());
  } else {
    scopes_.push_back(scope);
  }
  std::sort(scopes_.begin(), scopes_.end(), [](const Scope& a, const Scope& b) {
    return Writes(a) != Writes(b) ? Writes(a) : a < b;
  });
}

void ScopeSet::Merge(const ScopeSet& other) {
  for (const Scope& scope : other.scopes_) Add(scope);
}

bool ScopeSet::Covers(const ScopeSet& other) const {
  ScopeSet both = *this;
  both.Merge(other);
  return both == *this;
}

std::vector<std::string> ScopeSet::ToStrings() const {
  std::vector<std::string> texts;
  for (const Scope& scope : scopes_) texts.push_back(scope.ToString());
  return texts;
}

std::string ScopeSet::PrimaryRepository() const {
  for (const Scope& scope : scopes_) {
    if (scope.type == "repository") return scope.name;
  }
  return {};
}

ScopeSet ParseScopeList(std::string_view text) {
  ScopeSet scopes;
  for (const std::string_view part : Split(text, ' ')) {
    if (const auto scope = Scope::Parse(part)) scopes.Add(*scope);
  }
  return scopes;
}

}  // namespace ibuild::registry
