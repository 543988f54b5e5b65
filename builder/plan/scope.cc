#include "builder/plan/scope.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_set>

#include "oci/image_config.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::array<std::string_view, 5> kProxies = {"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY",
                                                      "NO_PROXY", "ALL_PROXY"};

std::string_view NameOf(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

bool IsNamed(std::string_view variable, std::string_view name) {
  return variable.size() > name.size() && variable[name.size()] == '=' &&
         variable.starts_with(name);
}

// A variable that is set again moves to the end, as in the environment of a BuildKit step.
void SetAtEnd(std::vector<std::string>& environment, std::string_view name,
              std::string_view value) {
  std::erase_if(environment, [&](const std::string& it) { return IsNamed(it, name); });
  environment.push_back(std::string(name) + "=" + std::string(value));
}

std::map<std::string, std::string, std::less<>> PlatformValues(const std::string& prefix,
                                                               const oci::Platform& platform) {
  return {{prefix + "PLATFORM", platform.ToString()},
          {prefix + "OS", platform.os},
          {prefix + "OSVERSION", platform.os_version},
          {prefix + "ARCH", platform.architecture},
          {prefix + "VARIANT", platform.variant}};
}

}  // namespace

GlobalScope::GlobalScope(const BuildArgs& build_args, const AutomaticArgs& automatic, char escape)
    : build_args_(&build_args), escape_(escape) {
  values_ = PlatformValues("TARGET", automatic.target);
  values_.merge(PlatformValues("BUILD", automatic.build));
  values_["TARGETSTAGE"] = automatic.target_stage;
  for (auto& [name, value] : values_) {
    if (const auto given = build_args.find(name); given != build_args.end()) value = given->second;
  }
}

void GlobalScope::Declare(const parser::Arg& arg) {
  for (const parser::ArgDeclaration& declaration : arg.declarations) {
    const std::string& name = declaration.name.text;
    if (const auto given = build_args_->find(name); given != build_args_->end()) {
      values_[name] = given->second;
    } else if (declaration.default_value) {
      values_[name] = Expand(*declaration.default_value);
    }
  }
}

std::optional<std::string_view> GlobalScope::Find(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::string GlobalScope::Expand(const parser::Word& word) const {
  const auto lookup = [this](std::string_view name) { return Find(name); };
  return parser::ExpandWord(word.text, lookup, escape_).text;
}

// The same as SetEnv for each of them, in linear time.
void StageScope::ApplyEnvironment(const std::vector<std::string>& env) {
  if (env == environment_) return;  // of a stage without ARGs: its image's
  std::unordered_set<std::string_view> names;
  std::vector<std::string> last;  // of each name, from the end
  for (auto variable = env.rbegin(); variable != env.rend(); ++variable) {
    const std::string_view name = NameOf(*variable);
    if (!names.insert(name).second) continue;
    const bool has_value = name.size() < variable->size();
    last.push_back(has_value ? *variable : *variable + "=");
  }
  std::erase_if(environment_, [&](const std::string& it) { return names.contains(NameOf(it)); });
  std::move(last.rbegin(), last.rend(), std::back_inserter(environment_));
}

void StageScope::SetEnv(std::string_view name, std::string_view value) {
  SetAtEnd(environment_, name, value);
}

std::optional<std::string> StageScope::ValueOf(const std::string& name,
                                               const parser::ArgDeclaration& declaration) const {
  const BuildArgs& build_args = global_->build_args();
  if (const auto given = build_args.find(name); given != build_args.end()) return given->second;
  if (declaration.default_value) return Expand(*declaration.default_value);
  if (const auto global = global_->Find(name)) return std::string(*global);
  return std::nullopt;
}

std::string StageScope::DeclareArg(const parser::ArgDeclaration& declaration) {
  const std::string& name = declaration.name.text;
  const std::optional<std::string> value = ValueOf(name, declaration);
  if (std::ranges::find(arg_names_, name) == arg_names_.end()) arg_names_.push_back(name);
  if (!value) return name;
  SetAtEnd(environment_, name, *value);
  return name + "=" + *value;
}

std::optional<std::string_view> StageScope::Find(std::string_view name) const {
  return oci::FindEnv(environment_, name);
}

std::string StageScope::Expand(std::string_view text) const {
  const auto lookup = [this](std::string_view name) { return Find(name); };
  return parser::ExpandWord(text, lookup, global_->escape()).text;
}

std::vector<std::string> StageScope::ExpandToWords(const parser::Word& word) const {
  const auto lookup = [this](std::string_view name) { return Find(name); };
  return parser::ExpandWords(word.text, lookup, global_->escape()).words;
}

std::string StageScope::ExpandHeredoc(std::string_view text) const {
  const auto lookup = [this](std::string_view name) { return Find(name); };
  return parser::ExpandWord(text, lookup, global_->escape(), parser::ExpandMode::kHereDocument)
      .text;
}

std::string StageScope::ExpandForDisplay(std::string_view text) const {
  const auto lookup = [this](std::string_view name) { return Find(name); };
  try {
    return parser::ExpandWord(text, lookup, global_->escape(), parser::ExpandMode::kDisplay).text;
  } catch (const Error&) {
    return std::string(text);  // a command may well hold what only its shell understands
  }
}

std::vector<std::string> StageScope::ArgValues() const {
  std::vector<std::string> values;
  for (const std::string& name : arg_names_) {
    values.push_back(name + "=" + std::string(Find(name).value_or("")));
  }
  return values;
}

bool IsProxyArg(std::string_view name) {
  return std::ranges::any_of(kProxies,
                             [&](std::string_view it) { return EqualsIgnoringCase(it, name); });
}

std::vector<std::string> ProxyEnvironment(const BuildArgs& build_args) {
  std::vector<std::string> environment;
  for (const std::string_view proxy : kProxies) {
    for (const auto& [name, value] : build_args) {
      if (!EqualsIgnoringCase(name, proxy)) continue;
      environment.push_back(std::string(proxy) + "=" + value);
      environment.push_back(ToLower(proxy) + "=" + value);
      break;
    }
  }
  return environment;
}

}  // namespace ibuild::builder
