#include "builder/plan/stage_planner.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

// overlayfs stacks 500 directories (OVL_MAX_STACK); one of them holds the mount points of a step.
constexpr std::size_t kMostLayers = 499;
constexpr std::string_view kHistoryComment = "buildkit.dockerfile.v0";

struct VertexCollector {
  std::vector<VertexId>& vertices;

  void Add(const FileInput& input) const {
    const auto* named = std::get_if<VertexInput>(&input);
    if (!named || std::ranges::find(vertices, named->vertex) != vertices.end()) return;
    vertices.push_back(named->vertex);
  }

  void operator()(const CopyOp& op) const {
    for (const CopySource& source : op.sources) {
      if (const auto* file = std::get_if<FileSource>(&source)) Add(file->from);
    }
  }
  void operator()(const RunOp& op) const {
    for (const RunMountOp& mount : op.mounts) {
      if (const auto* bind = std::get_if<BindRunMount>(&mount.what)) Add(bind->from);
      const auto* cache = std::get_if<CacheRunMount>(&mount.what);
      if (cache && cache->from) Add(*cache->from);
    }
  }
  void operator()(const auto&) const {}
};

// "run  make" as "RUN  make".
std::string WithUpperKeyword(std::string text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  return ToUpper(text.substr(0, end)) + text.substr(end);
}

}  // namespace

std::vector<VertexId> NamedVertices(const Op& op) {
  std::vector<VertexId> vertices;
  std::visit(VertexCollector{vertices}, op);
  return vertices;
}

std::string StepTitles::Next(std::string_view text) {
  if (total_ == 0) return std::string(text);
  ++done_;
  const std::size_t width = std::to_string(total_).size();
  return fmt::format("[{}{}{:>{}}/{}] {}", label_, label_.empty() ? "" : " ", done_, width, total_,
                     text);
}

void StagePlanner::Apply(const PlacedInstruction& placed) {
  placed_ = &placed;
  std::visit([this](const auto& body) { Plan(body); }, placed.instruction.body);
}

void StagePlanner::Plan(const parser::From&) {
  throw Error(ErrorKind::kInvalidInput, "FROM isn't allowed as an ONBUILD trigger");
}

void StagePlanner::Plan(const parser::OnBuild& on_build) {
  if (placed_->is_trigger) {
    throw Error(ErrorKind::kInvalidInput, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  stage_.image.config.config.on_build.push_back(on_build.trigger);
}

void StagePlanner::Plan(const parser::Workdir& workdir) {
  std::string created_by = EditConfig(stage_.image, workdir);
  const oci::RuntimeConfig& config = stage_.image.config.config;
  if (config.working_dir == "/") {
    AddHistory(std::move(created_by));
  } else {
    AddStep(WorkdirOp{WorkingDirectoryOf(stage_.image), config.user}, std::move(created_by));
  }
}

void StagePlanner::AddHistory(std::string created_by, std::optional<VertexId> layer) {
  PlannedHistory history;
  history.entry.created_by = std::move(created_by);
  history.entry.comment = kHistoryComment;
  history.entry.empty_layer = !layer;
  history.layer = layer;
  stage_.history.push_back(std::move(history));
}

void StagePlanner::AddStep(Op op, std::string created_by, std::string_view title_suffix) {
  if (++stage_.layers > kMostLayers) {
    throw Error(ErrorKind::kUnsupported,
                fmt::format("an image of more than {} layers could not be mounted", kMostLayers))
        .WithHint("join instructions, or copy the files into a new stage with COPY --from");
  }
  Vertex vertex{.op = std::move(op),
                .inputs = {stage_.state},
                .title = titles_.Next(TitleText() + std::string(title_suffix)),
                .stage = around_.stages.LabelOf(around_.stage),
                .range = placed_->range,
                .build_arg_names = {}};
  if (std::holds_alternative<RunOp>(vertex.op)) {
    vertex.build_arg_names = stage_.image.scope.arg_names();
  }
  std::ranges::copy(NamedVertices(vertex.op), std::back_inserter(vertex.inputs));
  stage_.state = around_.vertices.Add(std::move(vertex));
  AddHistory(std::move(created_by), stage_.state);
}

std::string StagePlanner::TitleText() const {
  const std::string text = WithUpperKeyword(placed_->instruction.source.text);
  return (placed_->is_trigger ? "ONBUILD " : "") + stage_.image.scope.ExpandForDisplay(text);
}

void StagePlanner::Warn(std::string rule, std::string message, std::string hint) {
  parser::Diagnostic warning;
  warning.severity = parser::Severity::kWarning;
  warning.rule = std::move(rule);
  warning.message = std::move(message);
  warning.range = warning.instruction = placed_->range;
  warning.hint = std::move(hint);
  around_.warnings.push_back(std::move(warning));
}

}  // namespace ibuild::builder
