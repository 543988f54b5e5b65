// COPY and ADD as a step.
#include <memory>
#include <optional>
#include <utility>

#include "builder/copy/copy_files.h"
#include "builder/solve/chosen_files.h"
#include "builder/solve/download.h"
#include "builder/solve/linked_parents.h"
#include "builder/solve/owner.h"
#include "builder/solve/remote_repository.h"
#include "builder/solve/step.h"

namespace ibuild::builder {
namespace {

constexpr mode_t kInlineMode = 0644;

// One source on its way from "which content" to "these files".
class ChosenSource {
 public:
  virtual ~ChosenSource() = default;
  virtual std::string ContentKey() = 0;
  virtual PreparedSource Prepare() = 0;
  virtual void KeepListing() {}
};

class ChosenTreeFiles final : public ChosenSource {
 public:
  explicit ChosenTreeFiles(ChosenFiles files) : files_(std::move(files)) {}
  std::string ContentKey() override { return files_.ContentKey(); }
  PreparedSource Prepare() override { return files_.Files(); }
  void KeepListing() override { files_.KeepListing(); }

 private:
  ChosenFiles files_;
};

class ChosenInline final : public ChosenSource {
 public:
  ChosenInline(const SolveContext& context, const InlineSource& source)
      : context_(context), source_(source) {}
  std::string ContentKey() override { return {}; }
  PreparedSource Prepare() override {
    LooseFile file;
    file.name = source_.name;
    file.content = source_.content;
    file.meta.mode = kInlineMode;
    file.meta.mtime = context_.times.epoch ? *context_.times.epoch : Now();
    return file;
  }

 private:
  const SolveContext& context_;
  const InlineSource& source_;
};

class ChosenDownload final : public ChosenSource {
 public:
  ChosenDownload(const SolveContext& context, const UrlSource& source)
      : remote_(FetchRemoteFile(RemoteAccessOf(context), source)) {}
  std::string ContentKey() override { return remote_.ContentKey(); }
  PreparedSource Prepare() override { return remote_.File(); }

 private:
  RemoteFile remote_;
};

class ChosenRepository final : public ChosenSource {
 public:
  ChosenRepository(const SolveContext& context, const GitSource& source)
      : repository_(RemoteAccessOf(context), source) {}
  std::string ContentKey() override { return repository_.ContentKey(); }
  PreparedSource Prepare() override { return repository_.Files(); }

 private:
  RemoteRepository repository_;
};

class CopyStep final : public Step {
 public:
  CopyStep(const SolveContext& context, VertexId vertex, const CopyOp& op)
      : context_(context), base_(context.graph.vertices[vertex].inputs.at(0)), op_(op) {}

  KeyInputs ReadInputs() override {
    KeyInputs inputs = BeginInputs(context_);
    if (op_.link) {
      inputs.linked_into = LinkedParents(context_, base_, op_.destination).Description();
    } else {
      inputs.state = context_.files.LayersOf(base_);
    }
    for (const CopySource& source : op_.sources) {
      sources_.push_back(std::visit([this](const auto& which) { return Choose(which); }, source));
      inputs.contents.push_back(sources_.back()->ContentKey());
    }
    return inputs;
  }

  void KeepListings() override {
    for (const auto& source : sources_) source->KeepListing();
  }

  void Execute(const layers::StagedLayer& staged, Activity& activity, std::stop_token) override {
    std::optional<layers::StagedLayer> parents;
    if (op_.link) parents = LayOutParents();
    const auto below = parents ? std::make_shared<const layers::LayeredTree>(
                                     std::vector<std::filesystem::path>{parents->upper()})
                               : context_.files.TreeOf(base_);
    CopyRequest request;
    request.destination = op_.destination;
    if (op_.chown) request.attributes.owner = FindOwner(context_, *op_.chown, *below, activity);
    if (op_.chmod) request.attributes.mode = ModeChange::Parse(*op_.chmod);
    request.unpack_files = op_.is_add && op_.unpack.value_or(true);
    request.unpack_downloads = op_.is_add && op_.unpack.value_or(false);
    request.limit = context_.request.source_limit;
    for (const auto& source : sources_) request.sources.push_back(source->Prepare());
    UpperWriter target(staged.upper(), *below, context_.times.epoch);
    CopyFiles(request, target);
    target.Finish();
  }

 private:
  // Of what it will lie upon, a linked copy sees the directories that it goes into.
  layers::StagedLayer LayOutParents() const {
    layers::StagedLayer parents = context_.ports.store.layer_directories().Stage();
    LinkedParents(context_, base_, op_.destination).LayOut(parents.upper());
    return parents;
  }

  std::unique_ptr<ChosenSource> Choose(const FileSource& source) const {
    return std::make_unique<ChosenTreeFiles>(ChosenFiles(
        context_, source.from,
        SourcePattern{.text = source.pattern, .parents = op_.parents, .exclude = op_.exclude}));
  }
  std::unique_ptr<ChosenSource> Choose(const InlineSource& source) const {
    return std::make_unique<ChosenInline>(context_, source);
  }
  std::unique_ptr<ChosenSource> Choose(const UrlSource& source) const {
    return std::make_unique<ChosenDownload>(context_, source);
  }
  std::unique_ptr<ChosenSource> Choose(const GitSource& source) const {
    return std::make_unique<ChosenRepository>(context_, source);
  }

  const SolveContext& context_;
  const VertexId base_;
  const CopyOp& op_;
  std::vector<std::unique_ptr<ChosenSource>> sources_;
};

}  // namespace

std::unique_ptr<Step> MakeCopyStep(const SolveContext& context, VertexId vertex, const CopyOp& op) {
  return std::make_unique<CopyStep>(context, vertex, op);
}

}  // namespace ibuild::builder
