#include "cli/template/template.h"

#include <fmt/format.h>

#include "cli/template/functions.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace go_template {
namespace {

constexpr std::size_t kMostSteps = 1u << 20;
constexpr std::size_t kMostOutput = 64u << 20;

Error Wrong(std::string message) { return Error(ErrorKind::kInvalidInput, std::move(message)); }

enum class Flow { kNext, kBreak, kContinue };

class Executor {
 public:
  Executor(Value data, bool pretty_json) : data_(std::move(data)), pretty_json_(pretty_json) {
    variables_.emplace_back("$", data_);
  }

  std::string Run(const Block& block) {
    RunBlock(block, data_);
    return std::move(output_);
  }

 private:
  // Variables that are declared in a block end with it.
  class Scope {
   public:
    explicit Scope(Executor& executor) : executor_(executor), size_(executor.variables_.size()) {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { executor_.variables_.resize(size_); }

   private:
    Executor& executor_;
    std::size_t size_;
  };

  void Step() {
    if (++steps_ > kMostSteps) throw Wrong("the template does not come to an end");
  }

  void Write(std::string_view text) {
    output_ += text;
    if (output_.size() > kMostOutput) throw Wrong("the template's output is too long");
  }

  // NOLINTNEXTLINE(misc-no-recursion): the parser bounds the nesting
  Flow RunBlock(const Block& block, const Value& dot) {
    const Scope scope(*this);
    for (const Statement& statement : block) {
      const Flow flow = RunStatement(statement, dot);
      if (flow != Flow::kNext) return flow;
    }
    return Flow::kNext;
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Flow RunStatement(const Statement& statement, const Value& dot) {
    Step();
    switch (statement.kind) {
      case Statement::Kind::kText:
        Write(statement.text);
        return Flow::kNext;
      case Statement::Kind::kPrint: {
        const Value value = Evaluate(statement.pipeline, dot);
        if (statement.pipeline.variables.empty()) {
          Write(Print(value));
        } else {
          Assign(statement.pipeline, value);
        }
        return Flow::kNext;
      }
      case Statement::Kind::kIf:
      case Statement::Kind::kWith:
        return RunBranch(statement, dot);
      case Statement::Kind::kRange:
        return RunRange(statement, dot);
      case Statement::Kind::kBreak:
        return Flow::kBreak;
      case Statement::Kind::kContinue:
        return Flow::kContinue;
    }
    return Flow::kNext;
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Flow RunBranch(const Statement& statement, const Value& dot) {
    const Scope scope(*this);
    const Value value = Evaluate(statement.pipeline, dot);
    Assign(statement.pipeline, value);
    if (!IsTrue(value)) return RunBlock(statement.otherwise, dot);
    return RunBlock(statement.body, statement.kind == Statement::Kind::kWith ? value : dot);
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Flow RunRange(const Statement& statement, const Value& dot) {
    const Value list = Evaluate(statement.pipeline, dot);
    const OrderedJson& json = list.json();
    if (!json.is_structured() && !json.is_null()) {
      throw Wrong(fmt::format("range can't iterate over {}", Print(list)));
    }
    if (json.empty()) return RunBlock(statement.otherwise, dot);
    std::int64_t index = 0;
    for (const auto& [key, element] : json.items()) {
      Step();
      const Scope scope(*this);
      const Value value(list, element);
      const Value place = json.is_object() ? Value(OrderedJson(key)) : Value(OrderedJson(index));
      SetLoopVariables(statement.pipeline, place, value);
      ++index;
      if (RunBlock(statement.body, value) == Flow::kBreak) break;
    }
    return Flow::kNext;
  }

  void SetLoopVariables(const Pipeline& pipeline, const Value& place, const Value& value) {
    const auto& names = pipeline.variables;
    if (names.size() == 1) Set(names[0], pipeline.declares, value);
    if (names.size() < 2) return;
    Set(names[0], pipeline.declares, place);
    Set(names[1], pipeline.declares, value);
  }

  void Assign(const Pipeline& pipeline, const Value& value) {
    for (const std::string& name : pipeline.variables) Set(name, pipeline.declares, value);
  }

  void Set(const std::string& name, bool declares, const Value& value) {
    if (declares) {
      variables_.emplace_back(name, value);
    } else {
      Find(name) = value;
    }
  }

  Value& Find(const std::string& name) {
    for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable) {
      if (variable->first == name) return variable->second;
    }
    throw Wrong(fmt::format("undefined variable {}", Quote(name)));
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Value Evaluate(const Pipeline& pipeline, const Value& dot) {
    Value value;
    for (std::size_t i = 0; i < pipeline.commands.size(); ++i) {
      value = Call(pipeline.commands[i], dot, i > 0 ? &value : nullptr);
    }
    return value;
  }

  // `piped`: the value of the command before, which is the last argument.
  // NOLINTNEXTLINE(misc-no-recursion)
  Value Call(const Command& command, const Value& dot, const Value* piped) {
    Step();
    const Operand& first = command.front();
    if (first.kind != Operand::Kind::kFunction) {
      if (command.size() == 2 && piped == nullptr && !first.fields.empty()) {
        return FindFunction("index")->call({Evaluate(first, dot), Evaluate(command[1], dot)});
      }
      if (command.size() > 1 || piped != nullptr) {
        throw Wrong("can't give arguments to what is no function");
      }
      return Evaluate(first, dot);
    }
    const bool pretty = pretty_json_ && first.name == "json";
    const Function& function = *FindFunction(pretty ? "jsonpretty" : first.name);
    Arguments arguments;
    for (std::size_t i = 1; i < command.size(); ++i) arguments.push_back(Evaluate(command[i], dot));
    if (piped != nullptr) arguments.push_back(*piped);
    if (arguments.size() < function.least || arguments.size() > function.most) {
      throw Wrong(
          fmt::format("wrong number of arguments for {}: {}", function.name, arguments.size()));
    }
    return InFields(function.call(arguments), first.fields);
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Value Evaluate(const Operand& operand, const Value& dot) {
    switch (operand.kind) {
      case Operand::Kind::kDot:
        return InFields(dot, operand.fields);
      case Operand::Kind::kVariable:
        return InFields(Find(operand.name), operand.fields);
      case Operand::Kind::kLiteral:
        return operand.literal;
      case Operand::Kind::kPipeline:
        return InFields(Evaluate(operand.inner.front(), dot), operand.fields);
      case Operand::Kind::kFunction:
        return Call({operand}, dot, nullptr);
    }
    return {};
  }

  static Value InFields(Value value, const std::vector<std::string>& fields) {
    for (const std::string& field : fields) value = Field(value, field);
    return value;
  }

  Value data_;
  bool pretty_json_;
  std::vector<std::pair<std::string, Value>> variables_;
  std::string output_;
  std::size_t steps_ = 0;
};

}  // namespace
}  // namespace go_template

Template Template::Parse(std::string_view text) { return Template(go_template::Parse(text)); }

std::string Template::Execute(const OrderedJson& data, bool pretty_json) const {
  return go_template::Executor(go_template::Value(data), pretty_json).Run(block_);
}

}  // namespace ibuild::cli
