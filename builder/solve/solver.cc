#include "builder/solve/solver.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "builder/plan/located.h"
#include "layers/pack/layer_packer.h"
#include "layers/store/key_lock.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

std::vector<std::vector<VertexId>> InputsOf(const BuildGraph& graph) {
  std::vector<std::vector<VertexId>> inputs;
  for (const Vertex& vertex : graph.vertices) inputs.push_back(vertex.inputs);
  return inputs;
}

}  // namespace

// One step on its way.
struct Solver::Work {
  Work(const SolveContext& context, VertexId id)
      : vertex(id),
        activity(context.ports.reporter, context.graph.vertices[id].title),
        step(MakeStep(context, id)) {}

  VertexId vertex;
  Activity activity;
  std::unique_ptr<Step> step;
  std::optional<CacheKey> key;
  bool may_use_cache = true;
  std::optional<CacheRecord> record;  // when it is done
  bool found = false;                 // by another build, meanwhile
  std::exception_ptr error;
};

Solver::Solver(const SolveContext& context, std::function<void()> need_root)
    : context_(context),
      need_root_(std::move(need_root)),
      queue_(InputsOf(context.graph)),
      pool_(0, context.ports.stop) {}

Solver::~Solver() = default;

SolveResult Solver::Run() {
  while (!queue_.AllDone()) {
    if (context_.ports.stop.stop_requested()) {
      throw Error(ErrorKind::kCancelled, "the build was cancelled");
    }
    if (const auto vertex = queue_.Take()) {
      Start(*vertex);
    } else {
      WaitForOne();
    }
  }
  return std::move(result_);
}

void Solver::Start(VertexId vertex) {
  const Op& op = context_.graph.vertices[vertex].op;
  if (std::holds_alternative<ScratchOp>(op)) {
    context_.files.AddScratch(vertex);
    return queue_.Finish(vertex);
  }
  if (const auto* image = std::get_if<ImageOp>(&op)) {
    Activity activity(context_.ports.reporter, context_.graph.vertices[vertex].title);
    context_.files.AddImage(vertex, *image);
    activity.Cached();
    return queue_.Finish(vertex);
  }
  StartStep(vertex);
}

void Solver::StartStep(VertexId vertex) {
  const Vertex& planned = context_.graph.vertices[vertex];
  auto work = std::make_shared<Work>(context_, vertex);
  Located(context_.request.dockerfile, planned.range,
          [&] { work->key = ComputeKey(planned.op, work->step->ReadInputs()); });
  work->may_use_cache = MayUseCache(context_.request, planned);
  if (work->may_use_cache) {
    if (const auto record = context_.cache.Find(*work->key)) {
      work->activity.Cached();
      return Complete(vertex, *record, true);
    }
  }
  Explain(*work);
  Dispatch(std::move(work));
}

// Here, when nothing else can go on meanwhile; else beside the others.
void Solver::Dispatch(std::shared_ptr<Work> work) {
  need_root_();
  if (queue_.running() > 1 || queue_.HasReady()) {
    pool_.Submit([this, work = std::move(work)](std::stop_token stop) {
      Perform(*work, std::move(stop));
      {
        const std::scoped_lock lock(mutex_);
        done_.push_back(work);
      }
      finished_.notify_one();
      if (work->error) std::rethrow_exception(work->error);
    });
    return;
  }
  Perform(*work, context_.ports.stop);
  if (work->error) std::rethrow_exception(work->error);
  Complete(work->vertex, *work->record, work->found);
}

void Solver::WaitForOne() {
  std::shared_ptr<Work> work;
  {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [this] { return !done_.empty(); });
    work = std::move(done_.back());
    done_.pop_back();
  }
  // The pool knows which error came first; it throws that one when all have stopped.
  if (work->error) pool_.Wait();
  Complete(work->vertex, *work->record, work->found);
}

void Solver::Perform(Work& work, std::stop_token stop) {
  try {
    Attempt(work, stop);
  } catch (Error& error) {
    if (error.kind() == ErrorKind::kCancelled) {
      work.activity.Cancelled();
    } else {
      const SourceRange& range = context_.graph.vertices[work.vertex].range;
      if (error.excerpts().empty()) {
        error.AddExcerpt(MakeExcerpt(context_.request.dockerfile, range));
      }
      work.activity.Failed(error.message());
    }
    work.error = std::current_exception();
  } catch (...) {
    work.activity.Failed("internal error");
    work.error = std::current_exception();
  }
}

void Solver::Attempt(Work& work, const std::stop_token& stop) {
  std::optional<layers::KeyLock> lock;
  if (work.may_use_cache) {
    // Another build may be making the same layer: better to wait for it than to make it twice.
    lock = layers::KeyLock::Acquire(context_.ports.store.layout().StepLock(work.key->digest),
                                    FileLock::Mode::kExclusive, "another build's step", stop);
    work.record = context_.cache.Find(*work.key);
    work.found = work.record.has_value();
  }
  if (!work.record) work.record = Make(work, stop);
  if (work.found) {
    work.activity.Cached();
  } else {
    work.activity.Done();
  }
  work.step.reset();
}

CacheRecord Solver::Make(Work& work, const std::stop_token& stop) {
  const layers::LayerStore& directories = context_.ports.store.layer_directories();
  layers::StagedLayer staged = directories.Stage();
  work.step->Execute(staged, work.activity, stop);
  NullSink nowhere;
  const layers::PackedLayer packed = layers::PackDirectory(staged.upper(), context_.pack, nowhere);
  directories.Commit(std::move(staged), packed);
  const CacheRecord record{.layer = packed.diff_id, .size = packed.size, .created = Now()};
  context_.cache.Put(*work.key, record);
  context_.cache.PutLastParts(IdentityOf(work.vertex), work.key->parts);
  return record;
}

void Solver::Complete(VertexId vertex, const CacheRecord& record, bool cached) {
  const StepLayer layer{.diff_id = record.layer, .size = record.size, .created = record.created};
  result_.layers.emplace(vertex, layer);
  if (cached) ++result_.cached_steps;
  context_.files.AddStep(vertex, context_.graph.vertices[vertex].inputs.at(0), layer);
  queue_.Finish(vertex);
}

// A step keeps its identity while its text changes: by context, stage and place in the stage.
std::string Solver::IdentityOf(VertexId vertex) const {
  const std::string& stage = context_.graph.vertices[vertex].stage;
  std::size_t position = 0;
  for (VertexId before = 0; before < vertex; ++before) {
    if (context_.graph.vertices[before].stage == stage) ++position;
  }
  return fmt::format("{}\n{}\n{}\n{}", context_.request.context.directory.string(),
                     context_.request.dockerfile.name(), stage, position);
}

void Solver::Explain(Work& work) const {
  if (!context_.request.cache.explain) return;
  if (!work.may_use_cache) return work.activity.Note("not cached: the cache was switched off");
  const auto before = context_.cache.FindLastParts(IdentityOf(work.vertex));
  if (!before) return work.activity.Note("not cached: this step has not run here before");
  const auto differences = ExplainMiss(*before, work.key->parts);
  if (differences.empty()) work.activity.Note("not cached: its layer is gone from the store");
  for (const KeyDifference& difference : differences) {
    work.activity.Note(
        fmt::format("not cached: {} was {}, now {}", difference.name,
                    difference.before ? Quote(*difference.before) : std::string("absent"),
                    difference.after ? Quote(*difference.after) : std::string("absent")));
  }
}

}  // namespace ibuild::builder
