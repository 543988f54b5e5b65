// Which stage, context or image a name in a Dockerfile leads to, and which stages a target needs
// (Dockerfile reference, "FROM", "COPY --from", "RUN --mount=type=bind").
//
// A FROM takes the nearest earlier stage of a name; COPY --from, mounts and --target take the last
// one in the whole file. Names ignore case. What is no stage is a named context, then an image. A
// named context that has the name of a stage replaces that stage.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "builder/plan/named_context.h"
#include "builder/plan/scope.h"
#include "oci/platform.h"
#include "oci/reference.h"
#include "parser/syntax/stage.h"
#include "support/source_text.h"

namespace ibuild::builder {

struct NothingOrigin {};  // scratch
struct StageOrigin {
  std::size_t stage = 0;
};
struct DirectoryOrigin {
  std::string context;  // key of PlanInput::named_contexts
};
struct ImageOrigin {
  oci::Reference reference;
};
using Origin = std::variant<NothingOrigin, StageOrigin, DirectoryOrigin, ImageOrigin>;

class StageGraph {
 public:
  // Expands the FROM lines and checks all stages, needed or not: blank and malformed base names,
  // stage indexes that do not exist, variables in --from, stages that depend on themselves.
  // Everything referred to must outlive the graph.
  StageGraph(const parser::Dockerfile& dockerfile, const SourceText& source,
             const NamedContexts& contexts, const GlobalScope& scope);

  std::size_t size() const { return nodes_.size(); }
  // The stage of --target; the last one for an empty name. Throws kNotFound with the nearest name.
  std::size_t FindTarget(std::string_view name) const;
  // Itself and what it needs by FROM, COPY --from and mounts, ascending. Names that only triggers
  // or variables bring up are not known yet.
  std::vector<std::size_t> NeededFor(std::size_t target) const;

  const Origin& BaseOf(std::size_t stage) const { return nodes_.at(stage).base; }
  // A named context stands in for the stage: its instructions do not count.
  bool IsReplaced(std::size_t stage) const { return nodes_.at(stage).replaced; }
  // How many stages are FROM it.
  std::size_t ChildrenOf(std::size_t stage) const { return nodes_.at(stage).children; }
  // --platform of FROM; nothing: not said.
  const std::optional<oci::Platform>& PlatformOf(std::size_t stage) const {
    return nodes_.at(stage).platform;
  }
  // "build", or "stage-1" for one without a name.
  std::string LabelOf(std::size_t stage) const;

  // `from` as `stage` may use it; an index counts for COPY only. Throws when it is a stage that is
  // not defined before.
  Origin FindForCopy(std::string_view from, std::size_t stage) const;
  Origin FindForMount(std::string_view from, std::string_view target, std::size_t stage) const;

  // The stage that was probably meant by what turned out to be no image.
  std::optional<std::string> NearestStage(const oci::Reference& image) const;

 private:
  struct Node {
    Origin base;
    bool replaced = false;
    std::size_t children = 0;
    std::optional<oci::Platform> platform;
    std::vector<std::size_t> needs;   // stages, by FROM and COPY --from
    std::vector<std::size_t> mounts;  // stages, as far as can be told without variables
  };

  void AddNode(std::size_t stage, const GlobalScope& scope);
  void FindNeeds(std::size_t stage);
  void CheckForCycles() const;

  Origin ResolveBase(const std::string& image) const;
  std::optional<std::size_t> LastStageNamed(std::string_view name) const;
  std::optional<std::size_t> StageForCopy(std::string_view from) const;
  std::optional<Origin> FindContext(std::string_view name) const;
  Origin ContextOrImage(std::string_view name) const;

  using StagesByName = std::unordered_map<std::string, std::size_t>;

  const parser::Dockerfile& dockerfile_;
  const SourceText& source_;
  const NamedContexts& contexts_;
  std::vector<Node> nodes_;
  StagesByName last_named_;  // of the stages in nodes_
};

}  // namespace ibuild::builder
