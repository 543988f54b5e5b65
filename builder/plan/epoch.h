// What SOURCE_DATE_EPOCH says, as a build argument or else as a global ARG: seconds, or whose time
// it is to be: `context`, the name of a named context, or of a stage that is FROM scratch and does
// nothing but one ADD of a URL or a repository.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "builder/graph/op.h"
#include "builder/plan/named_context.h"
#include "builder/plan/scope.h"
#include "parser/syntax/stage.h"
#include "support/source_text.h"

namespace ibuild::builder {

struct ContextTime {
  std::string name;  // as in PlanInput::named_contexts; empty: the main context
};
using EpochSource = std::variant<ContextTime, UrlSource, GitSource>;

// When the content of a source was made; nothing when nobody says.
using SourceTimes = std::function<std::optional<std::int64_t>(const EpochSource&)>;

std::string EpochText(const BuildArgs& build_args, const GlobalScope& scope);  // empty: not given

std::optional<std::int64_t> ParseEpoch(std::string_view text);  // nothing: no number of seconds

// Whose time `text`, which is no number, asks for. Throws kInvalidInput for a name of nothing and
// for a stage that is more than one remote ADD.
EpochSource FindEpochSource(const std::string& text, const parser::Dockerfile& dockerfile,
                            const SourceText& source, const NamedContexts& contexts,
                            const GlobalScope& scope);

}  // namespace ibuild::builder
