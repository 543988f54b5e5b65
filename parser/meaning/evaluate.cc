#include "parser/meaning/evaluate.h"

#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

#include "parser/meaning/expand.h"
#include "support/default_path.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

// Known without being declared, and told by nobody here.
bool IsAmbient(std::string_view name) {
  constexpr std::array kNames = {"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY",        "NO_PROXY",
                                 "ALL_PROXY",  "PATH",        "SOURCE_DATE_EPOCH"};
  for (const std::string_view known : kNames) {
    if (EqualsIgnoringCase(name, known)) return true;
  }
  return false;
}

constexpr std::size_t kMostSearched = 256;  // names that a misspelt one is compared with
constexpr std::size_t kMostLayers = 64;

// Variables by name. One that is declared without a value is there, but not set. A stage's scope
// lies on top of its parent's, which it shares with other children: thousands of stages in a row
// must not copy everything each time.
class Scope {
 public:
  Scope() = default;
  explicit Scope(std::shared_ptr<const Scope> parent) {
    if (parent->layers_ < kMostLayers) {
      layers_ = parent->layers_ + 1;
      parent_ = std::move(parent);
    } else {
      parent->VisitLayers([&](const Values& values) {
        values_.insert(values.begin(), values.end());
        return true;
      });
    }
  }

  void Set(std::string_view name, std::optional<std::string> value) {
    values_.insert_or_assign(std::string(name), std::move(value));
  }
  std::optional<std::string_view> operator()(std::string_view name) const {
    const std::optional<std::string>* value = Find(name);
    if (value == nullptr || !*value) return std::nullopt;
    return **value;
  }
  bool Declares(std::string_view name) const { return Find(name) != nullptr; }
  std::string Nearest(std::string_view name) const {
    std::vector<std::string> names;
    VisitLayers([&](const Values& values) {
      for (const auto& [known, value] : values) {
        if (names.size() == kMostSearched) return false;
        names.push_back(known);
      }
      return true;
    });
    return ClosestMatch(name, names).value_or("");
  }

 private:
  using Values = std::map<std::string, std::optional<std::string>, std::less<>>;

  // From the top, until visit returns false.
  template <typename Visit>
  void VisitLayers(const Visit& visit) const {
    const Scope* layer = this;
    while (layer != nullptr && visit(layer->values_)) layer = layer->parent_.get();
  }

  const std::optional<std::string>* Find(std::string_view name) const {
    const std::optional<std::string>* value = nullptr;
    VisitLayers([&](const Values& values) {
      const auto found = values.find(name);
      if (found != values.end()) value = &found->second;
      return value == nullptr;
    });
    return value;
  }

  Values values_;
  std::shared_ptr<const Scope> parent_;
  std::size_t layers_ = 1;
};

void SetPlatformArgs(std::string_view prefix, std::string_view platform, Scope& scope) {
  std::vector<std::string_view> parts = Split(platform, '/');
  parts.resize(3);
  scope.Set(std::string(prefix) + "PLATFORM", std::string(platform));
  scope.Set(std::string(prefix) + "OS", std::string(parts[0]));
  scope.Set(std::string(prefix) + "ARCH", std::string(parts[1]));
  scope.Set(std::string(prefix) + "VARIANT", std::string(parts[2]));
  scope.Set(std::string(prefix) + "OSVERSION", std::string());
}

class Evaluator {
 public:
  Evaluator(const Dockerfile& dockerfile, const LintContext& context)
      : dockerfile_(dockerfile), context_(context) {
    SetPlatformArgs("TARGET", context.target_platform, global_);
    SetPlatformArgs("BUILD", context.build_platform, global_);
    global_.Set("TARGETSTAGE", TargetStageOf(dockerfile, context.target));
  }

  Evaluation Run() {
    EvaluateGlobalArgs();
    for (const Stage& stage : dockerfile_.stages) EvaluateStage(stage);
    return std::move(result_);
  }

  void EvaluateGlobalArgs() {
    for (const GlobalArg& global : dockerfile_.global_args) {
      where_ = {&global.source, &global_, nullptr};
      for (const ArgDeclaration& declaration : global.arg.declarations) {
        std::optional<std::string> value = ArgValue(declaration);
        if (!value && global_(declaration.name.text)) value = *global_(declaration.name.text);
        global_.Set(declaration.name.text, value);
        result_.global_args.push_back(MakeDeclared(declaration, value));
      }
    }
  }

  std::optional<std::string> ExpandBase(const From& from, const InstructionSource& source) {
    where_ = {&source, &global_, &result_.undefined_in_from};
    return Expand(from.image);
  }

  // One per instruction that expands something.
  void operator()(const Copy& copy) { ExpandFiles(copy.files); }
  void operator()(const Add& add) {
    ExpandFiles(add.files);
    if (add.checksum) Expand(*add.checksum);
  }
  void operator()(const Env& env) {
    std::vector<std::pair<std::string, std::string>> values;  // all from before the line
    for (const KeyValue& pair : env.pairs) {
      values.emplace_back(Expand(pair.key).value_or(""), Expand(pair.value).value_or(""));
    }
    for (auto& [name, value] : values) scope_.Set(name, std::move(value));
  }
  void operator()(const Label& label) {
    for (const KeyValue& pair : label.pairs) {
      Expand(pair.key);
      Expand(pair.value);
    }
  }
  void operator()(const Arg& arg) {
    for (const ArgDeclaration& declaration : arg.declarations) {
      std::optional<std::string> value = ArgValue(declaration);
      const std::optional<std::string_view> global = global_(declaration.name.text);
      const bool inherits = !value && global;
      if (inherits) value = *global;
      DeclaredArg& declared =
          result_.stages.back().args.emplace_back(MakeDeclared(declaration, value));
      declared.inherited = inherits;
      // Without a value, an earlier one of the name stays in force.
      if (value || !scope_(declaration.name.text)) {
        scope_.Set(declaration.name.text, std::move(value));
      }
    }
  }
  void operator()(const Workdir& workdir) { Keep(workdir.path); }
  void operator()(const User& user) { Expand(user.user); }
  void operator()(const StopSignal& stop) { Expand(stop.signal); }
  void operator()(const Volume& volume) {
    for (const Word& path : volume.paths) Expand(path);
  }
  void operator()(const Expose& expose) {
    for (const Word& port : expose.ports) ExpandPorts(port);
  }
  template <typename Other>
  void operator()(const Other&) {}

 private:
  struct Where {
    const InstructionSource* source = nullptr;
    const Scope* scope = nullptr;
    std::vector<UndefinedUse>* undefined = nullptr;  // nowhere to note them: null
  };

  void EvaluateStage(const Stage& stage) {
    EvaluatedStage& evaluated = result_.stages.emplace_back();
    evaluated.stage = &stage;
    evaluated.base = ExpandBase(stage.from, stage.source).value_or("");
    if (stage.from.platform) evaluated.platform = Expand(*stage.from.platform).value_or("");
    scope_ = StartingScope(evaluated);
    base_is_known_ = evaluated.facts.has_value();
    where_.undefined = &result_.undefined;
    for (const Instruction& instruction : stage.instructions) {
      where_ = {&instruction.source, &scope_, &result_.undefined};
      current_ = {&instruction, {}};
      std::visit(*this, instruction.body);
      result_.stages.back().instructions.push_back(std::move(current_));
    }
    final_scopes_.push_back(std::make_shared<const Scope>(std::move(scope_)));
    if (!stage.name.empty()) stages_by_name_[stage.name] = final_scopes_.size() - 1;
  }

  Scope StartingScope(EvaluatedStage& evaluated) {
    evaluated.parent = FindParent(evaluated.base);
    if (evaluated.parent) {
      const EvaluatedStage& parent = result_.stages[*evaluated.parent];
      evaluated.facts = parent.facts;
      evaluated.shell_at_start = parent.shell_at_start;
      for (const EvaluatedInstruction& earlier : parent.instructions) {
        evaluated.shell_at_start =
            evaluated.shell_at_start || std::holds_alternative<Shell>(earlier.instruction->body);
      }
      return Scope(final_scopes_[*evaluated.parent]);
    }
    if (evaluated.base == "scratch") {
      evaluated.facts = BaseImageFacts{};
    } else if (context_.base_image && !evaluated.base.empty()) {
      const std::string& platform =
          evaluated.platform.empty() ? context_.target_platform : evaluated.platform;
      evaluated.facts = context_.base_image(evaluated.base, platform);
    }
    Scope scope;
    if (!evaluated.facts) return scope;
    scope.Set("PATH", std::string(kDefaultPath));
    evaluated.shell_at_start = evaluated.facts->has_shell;
    for (const std::string& variable : evaluated.facts->env) {
      const std::size_t equals = std::min(variable.find('='), variable.size());
      scope.Set(variable.substr(0, equals), variable.substr(std::min(equals + 1, variable.size())));
    }
    return scope;
  }

  // The nearest earlier stage of that name; a stage that names itself means an image.
  std::optional<std::size_t> FindParent(std::string_view base) const {
    const auto found = stages_by_name_.find(ToLower(base));
    if (found == stages_by_name_.end()) return std::nullopt;
    return found->second;
  }

  DeclaredArg MakeDeclared(const ArgDeclaration& declaration,
                           const std::optional<std::string>& value) const {
    const Word* default_value = declaration.default_value ? &*declaration.default_value : nullptr;
    return {declaration.name.text, value, default_value, where_.source, false};
  }

  std::optional<std::string> ArgValue(const ArgDeclaration& declaration) {
    const auto given = context_.build_args.find(declaration.name.text);
    if (given != context_.build_args.end()) return given->second;
    if (!declaration.default_value) return std::nullopt;
    return Expand(*declaration.default_value);
  }

  std::optional<std::string> Expand(const Word& word, ExpandMode mode = ExpandMode::kWord) {
    try {
      Expansion expansion =
          ExpandWord(word.text, *where_.scope, dockerfile_.directives.escape, mode);
      Note(expansion.undefined, word.range);
      return std::move(expansion.text);
    } catch (const Error& error) {
      NoteError(error, word.range);
      return std::nullopt;
    }
  }

  void Keep(const Word& word) {
    if (std::optional<std::string> text = Expand(word)) {
      current_.words.push_back({std::move(*text), word.range});
    }
  }

  void ExpandPorts(const Word& port) {
    try {
      ExpandedWords expanded = ExpandWords(port.text, *where_.scope, dockerfile_.directives.escape);
      Note(expanded.undefined, port.range);
      for (std::string& text : expanded.words) {
        current_.words.push_back({std::move(text), port.range});
      }
    } catch (const Error& error) {
      NoteError(error, port.range);
    }
  }

  void ExpandFiles(const CopyFiles& files) {
    for (const Word& source : files.sources) Keep(source);
    Expand(files.destination);
    if (files.chown) Expand(*files.chown);
    if (files.chmod) Expand(*files.chmod);
    for (const Heredoc& heredoc : files.heredocs) {
      if (heredoc.marker.expand) {
        Expand({heredoc.Content(), heredoc.range}, ExpandMode::kHereDocument);
      }
    }
  }

  // Where a base image is not known, its environment is not either: then only a name that looks
  // like a slip of the pen is worth a word.
  void Note(const std::vector<std::string>& names, const SourceRange& range) {
    if (where_.undefined == nullptr) return;
    for (const std::string& name : names) {
      if (IsAmbient(name) || where_.scope->Declares(name)) continue;
      std::string suggestion = where_.scope->Nearest(name);
      const bool in_stage = where_.scope == &scope_;
      if (in_stage && !base_is_known_ && suggestion.empty()) continue;
      where_.undefined->push_back({name, std::move(suggestion), range, where_.source});
    }
  }

  void NoteError(const Error& error, const SourceRange& range) {
    result_.errors.push_back({.severity = Severity::kError,
                              .rule = "InvalidExpansion",
                              .message = error.message(),
                              .range = range,
                              .instruction = where_.source->range,
                              .hint = error.hint()});
  }

  const Dockerfile& dockerfile_;
  const LintContext& context_;
  Scope global_;
  Scope scope_;  // of the stage at hand
  bool base_is_known_ = false;
  Where where_;
  EvaluatedInstruction current_;
  std::vector<std::shared_ptr<const Scope>> final_scopes_;       // by stage
  std::unordered_map<std::string, std::size_t> stages_by_name_;  // so far
  Evaluation result_;
};

}  // namespace

Evaluation Evaluate(const Dockerfile& dockerfile, const LintContext& context) {
  return Evaluator(dockerfile, context).Run();
}

std::string TargetStageOf(const Dockerfile& dockerfile, const std::string& target) {
  if (!target.empty()) return target;
  const bool has_name = !dockerfile.stages.empty() && !dockerfile.stages.back().name.empty();
  return has_name ? dockerfile.stages.back().name : "default";
}

}  // namespace ibuild::parser
