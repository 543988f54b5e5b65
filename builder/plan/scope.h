// Who sees which ARG and ENV (Dockerfile reference, "Understand how ARG and FROM interact", "Using
// ARG variables", "Scope"; where the reference and BuildKit differ, BuildKit decides).
//
// ARGs before the first FROM form the global scope, which FROM lines see and a stage only after
// `ARG NAME`. In a stage ENV and ARG of the same name replace each other in the order in which
// they are written. `FROM stage` passes the parent's ARG values on, below its ENV; `FROM image`
// does not.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/plan/control_args.h"
#include "oci/platform.h"
#include "parser/meaning/expand.h"
#include "parser/syntax/instruction.h"

namespace ibuild::builder {

// The values of TARGETPLATFORM, BUILDARCH, TARGETSTAGE and so on.
struct AutomaticArgs {
  oci::Platform build;
  oci::Platform target;
  std::string target_stage;
};

class GlobalScope {
 public:
  // `build_args` must outlive the scope.
  GlobalScope(const BuildArgs& build_args, const AutomaticArgs& automatic, char escape);

  void Declare(const parser::Arg& arg);
  std::optional<std::string_view> Find(std::string_view name) const;
  std::string Expand(const parser::Word& word) const;

  const BuildArgs& build_args() const { return *build_args_; }
  char escape() const { return escape_; }

 private:
  const BuildArgs* build_args_;
  char escape_;
  std::map<std::string, std::string, std::less<>> values_;
};

class StageScope {
 public:
  // `global` must outlive the scope and its copies.
  explicit StageScope(const GlobalScope& global) : global_(&global) {}

  // The environment of the image or parent stage: on top of what is there.
  void ApplyEnvironment(const std::vector<std::string>& env);
  void SetEnv(std::string_view name, std::string_view value);
  // The name is taken as it is written. Returns what history says of it: "NAME=value", or "NAME"
  // when it stays without a value.
  std::string DeclareArg(const parser::ArgDeclaration& declaration);

  std::optional<std::string_view> Find(std::string_view name) const;
  std::string Expand(const parser::Word& word) const { return Expand(word.text); }
  std::string Expand(std::string_view text) const;
  std::vector<std::string> ExpandToWords(const parser::Word& word) const;
  std::string ExpandHeredoc(std::string_view text) const;
  std::string ExpandForDisplay(std::string_view text) const;  // never throws

  // "NAME=value", in the order in which the values took effect.
  const std::vector<std::string>& environment() const { return environment_; }
  // ARGs with the value that a command sees now (none: empty), in order of declaration.
  std::vector<std::string> ArgValues() const;
  const std::vector<std::string>& arg_names() const { return arg_names_; }

 private:
  std::optional<std::string> ValueOf(const std::string& name,
                                     const parser::ArgDeclaration& declaration) const;

  const GlobalScope* global_;
  std::vector<std::string> environment_;
  std::vector<std::string> arg_names_;  // in order of declaration, once each
};

// Build arguments that work without being declared.
bool IsProxyArg(std::string_view name);  // HTTP_PROXY, no_proxy, … in any case

// The proxies among the build arguments, each under its upper- and lower-case name.
std::vector<std::string> ProxyEnvironment(const BuildArgs& build_args);

}  // namespace ibuild::builder
