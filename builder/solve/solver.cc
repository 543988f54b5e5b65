#include "builder/solve/solver.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "builder/cache/cache_export.h"
#include "builder/cache/layer_lost.h"
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
      of_images_(VerticesOfImages(context.graph)),
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
    context_.journal.SetBase(vertex, context_.files.ManifestOf(*image));
    activity.Cached();
    return queue_.Finish(vertex);
  }
  StartStep(vertex);
}

void Solver::StartStep(VertexId vertex) {
  const Vertex& planned = context_.graph.vertices[vertex];
  auto work = std::make_shared<Work>(context_, vertex);
  try {
    Located(context_.request.dockerfile, planned.range,
            [&] { work->key = ComputeKey(planned.op, work->step->ReadInputs()); });
  } catch (const LayerLost&) {
    work->activity.Cancelled();
    throw;
  }
  context_.journal.SetKey(vertex, *work->key);
  work->may_use_cache = MayUseCache(context_.request, planned);
  if (work->may_use_cache) {
    if (const auto record = context_.cache.Find(*work->key)) {
      work->activity.Cached();
      return Complete(vertex, *work->key, *record, true);
    }
  }
  KeepListings(*work);
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
  if (work->error) {
    context_.journal.Ended(work->vertex, "failed");
    std::rethrow_exception(work->error);
  }
  Complete(work->vertex, *work->key, *work->record, work->found);
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
  if (work->error) {
    context_.journal.Ended(work->vertex, "failed");
    pool_.Wait();
  }
  Complete(work->vertex, *work->key, *work->record, work->found);
}

void Solver::Perform(Work& work, std::stop_token stop) {
  try {
    Attempt(work, stop);
  } catch (const LayerLost&) {
    work.activity.Cancelled();
    work.error = std::current_exception();
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
  return record;
}

void Solver::Complete(VertexId vertex, const CacheKey& key, const CacheRecord& record,
                      bool cached) {
  if (context_.written != nullptr) {
    context_.written->AddStep(key.digest, record, of_images_.contains(vertex));
  }
  const StepLayer layer{.diff_id = record.layer, .size = record.size, .created = record.created};
  context_.journal.SetLayer(vertex, record.layer);
  context_.journal.Ended(vertex, cached ? "found" : "done");
  result_.layers.emplace(vertex, layer);
  if (cached) ++result_.cached_steps;
  context_.files.AddStep(vertex, context_.graph.vertices[vertex].inputs.at(0), layer);
  queue_.Finish(vertex);
}

// What the next build may want to know is no reason for this one to fail: where a file cannot be
// read, the step itself says so.
void Solver::KeepListings(Work& work) {
  try {
    work.step->KeepListings();
  } catch (const Error&) {
  }
}

// In the log as well as, when it is asked for, on the screen.
void Solver::Explain(Work& work) const {
  std::vector<std::string> why = {"the cache was switched off"};
  if (work.may_use_cache) why = context_.journal.WhyNot(work.vertex);
  if (context_.request.cache.explain) {
    for (const std::string& reason : why) work.activity.Note("not cached: " + reason);
  }
  context_.journal.Began(work.vertex, std::move(why));
}

}  // namespace ibuild::builder
