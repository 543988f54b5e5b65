#include "builder/build.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

#include "builder/assemble/image_assembler.h"
#include "builder/cache/cache_export.h"
#include "builder/cache/cached_bases.h"
#include "builder/cache/layer_lost.h"
#include "builder/cache/shared_caches.h"
#include "builder/context/contexts.h"
#include "builder/explain/journal.h"
#include "builder/plan_request.h"
#include "builder/solve/image_catalog.h"
#include "builder/solve/solver.h"
#include "builder/solve/source_time.h"
#include "layers/store/layer_origins.h"
#include "parser/check/lint.h"
#include "parser/check/render_check.h"
#include "parser/syntax/parse.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

parser::Dockerfile ReadDockerfile(const BuildRequest& request) {
  parser::ParseResult result =
      parser::ParseDockerfile(request.dockerfile, MakeParseOptions(request));
  parser::ThrowIfErrors(result, request.dockerfile);
  return std::move(result.dockerfile);
}

BuildPlan Plan(const parser::Dockerfile& dockerfile, const BuildRequest& request,
               const BuildPorts& ports, ImageCatalog& images) {
  PlanInput input = MakePlanInput(request);
  input.image_config = [&](const oci::Reference& reference,
                           const oci::Platform& platform) -> const oci::ImageConfig& {
    return images.Get(reference, platform).config;
  };
  input.expect_images = [&](const std::vector<NeededImage>& needed) { images.Expect(needed); };
  input.source_time = [&](const EpochSource& source) {
    CacheIndex cache(ports.store);
    SecretStore secrets(request.secrets);
    return FindSourceTime({.request = request, .ports = ports, .cache = cache, .secrets = secrets},
                          source);
  };
  BuildPlan plan = PlanBuild(dockerfile, request.dockerfile, input);
  images.EndThreads();
  return plan;
}

// `--no-cache-filter` with a name that no stage has would silently do nothing.
void CheckStageNames(const parser::Dockerfile& dockerfile, const BuildRequest& request) {
  std::vector<std::string> names;
  for (const parser::Stage& stage : dockerfile.stages) names.push_back(stage.name);
  for (const std::string& wanted : request.cache.no_cache_stages) {
    if (std::find(names.begin(), names.end(), ToLower(wanted)) != names.end()) continue;
    Error error(ErrorKind::kNotFound, "there is no stage " + Quote(wanted) + " to build uncached");
    if (const auto near = ClosestMatch(wanted, names)) error.AddHint("did you mean " + *near + "?");
    throw error;
  }
}

void ReportWarnings(const std::vector<parser::Diagnostic>& warnings, Reporter& reporter) {
  for (const parser::Diagnostic& warning : warnings) {
    reporter.Log(LogLevel::kWarning, parser::RenderWarningLine(warning));
  }
}

// --strict: what is tolerated for the sake of existing Dockerfiles is an error, before anything
// runs. All of it has been named by then.
void RefuseWarnings(const std::vector<parser::Diagnostic>& warnings) {
  if (warnings.empty()) return;
  throw Error(ErrorKind::kInvalidInput,
              parser::RenderWarningLine(warnings.front()) + ", which --strict does not tolerate")
      .WithHint("all of them are listed above; without --strict they are warnings");
}

bool IsSaidAlready(const parser::Diagnostic& finding,
                   const std::vector<parser::Diagnostic>& warnings) {
  return std::any_of(warnings.begin(), warnings.end(), [&](const parser::Diagnostic& warning) {
    return warning.rule == finding.rule &&
           warning.instruction.begin.line == finding.instruction.begin.line;
  });
}

// What Docker's rules find is told by every build, and with `# check=error=true` it is a failure,
// before anything runs. Our own rules are for those who ask (--check).
void CheckRules(const parser::Dockerfile& dockerfile, const BuildRequest& request,
                const std::optional<parser::IgnoreFile>& ignore, ImageCatalog& images,
                std::vector<parser::Diagnostic>& warnings) {
  // Of images that the plan asked for: a stage that is not needed may name any.
  const auto known = [&images](const oci::Reference& reference,
                               const oci::Platform& platform) -> const oci::ImageConfig* {
    const oci::ResolvedImage* const image = images.Known(reference, platform);
    return image == nullptr ? nullptr : &image->config;
  };
  parser::LintContext context = MakeLintContext(request, known);
  if (ignore) context.ignore = &*ignore;
  std::vector<parser::Diagnostic> found = parser::Lint(dockerfile, context);
  parser::ThrowIfCheckFails(dockerfile, found, request.dockerfile);
  std::erase_if(found, [&](const parser::Diagnostic& finding) {
    return !parser::IsWarningOfDockers(finding) || IsSaidAlready(finding, warnings);
  });
  std::move(found.begin(), found.end(), std::back_inserter(warnings));
  parser::SortByPosition(warnings);
}

// What was learnt about unchanged files is worth keeping, also when the build fails.
class SaveContexts {
 public:
  explicit SaveContexts(Contexts& contexts) : contexts_(contexts) {}
  SaveContexts(const SaveContexts&) = delete;
  SaveContexts& operator=(const SaveContexts&) = delete;
  ~SaveContexts() {
    try {
      contexts_.Save();
    } catch (const Error&) {
      // A full disk, say: the next build reads the files again.
    }
  }

 private:
  Contexts& contexts_;
};

void RequireTime(const BuildRequest& request, const BuildPlan& plan) {
  if (!request.clamp_times || plan.source_date_epoch) return;
  throw Error(ErrorKind::kUsage, "there is no time that files could get")
      .WithHint(
          "set SOURCE_DATE_EPOCH, in the environment or with --build-arg, to seconds since "
          "1970");
}

std::vector<oci::DiffId> LayersOfImages(const BuildGraph& graph, const SolveResult& solved) {
  std::vector<oci::DiffId> layers;
  for (const VertexId vertex : VerticesOfImages(graph)) {
    const auto made = solved.layers.find(vertex);
    if (made != solved.layers.end()) layers.push_back(made->second.diff_id);
  }
  return layers;
}

// The bases whose layers the result needs here.
std::vector<NeededImage> NeededBases(const BuildRequest& request, const BuildPlan& plan) {
  std::vector<NeededImage> needed;
  if (!request.needs_layers_of) return needed;
  for (const PlannedImage& planned : plan.graph.images) {
    const auto* base = std::get_if<ImageOp>(&plan.graph.vertices[planned.base].op);
    if (base != nullptr && request.needs_layers_of(base->reference)) {
      needed.push_back({base->reference, base->platform});
    }
  }
  return needed;
}

SolveResult Solve(const BuildRequest& request, const BuildPorts& ports, const BuildPlan& plan,
                  const std::optional<parser::IgnoreFile>& ignore, ImageCatalog& images,
                  Journal& journal) {
  const std::vector<NeededImage> bases = NeededBases(request, plan);
  std::once_flag once;
  const auto need_root = [&] {
    std::call_once(once, [&] {
      if (ports.become_root) ports.become_root();
      // Beside the steps; not before, since a process with threads enters no user namespace.
      images.FetchBeside(bases);
      if (ports.written != nullptr) ports.written->Start();
    });
  };
  CacheIndex cache(ports.store, ports.shared, ports.written);
  Contexts contexts(request, ports.store, ignore);
  const SaveContexts save(contexts);
  FileSystems files(ports.store, images, ports.reporter, need_root, ports.shared);
  SecretStore secrets(request.secrets);
  RenewedVolumes renewed_volumes;
  const SolveContext context{
      .request = request,
      .ports = ports,
      .graph = plan.graph,
      .cache = cache,
      .contexts = contexts,
      .files = files,
      .secrets = secrets,
      .renewed_volumes = renewed_volumes,
      .written = ports.written,
      .journal = journal,
      .pack = {.latest_mtime = request.clamp_times ? plan.source_date_epoch : std::nullopt},
      .times = BuildTimes(plan.source_date_epoch)};
  SolveResult solved = Solver(context, need_root).Run();
  for (const NeededImage& base : bases) images.Fetch(base.reference, base.platform);
  return solved;
}

// From the moment when an image is resolved no prune takes what it consists of.
void PinParts(layers::Store& store, const oci::ResolvedImage& image) {
  std::vector<oci::Digest> parts = {image.manifest.digest, image.content.config.digest};
  for (const oci::Descriptor& layer : image.content.layers) parts.push_back(layer.digest);
  for (const oci::DiffId& layer : image.config.diff_ids) parts.push_back(layer.digest);
  store.session()->Pin(parts);
}

// Of the bases: a machine that has none of it then asks only what their tags name.
void ExportDocuments(const BuildPlan& plan, const BuildPorts& ports, ImageCatalog& images) {
  for (const Vertex& vertex : plan.graph.vertices) {
    const auto* image = std::get_if<ImageOp>(&vertex.op);
    if (image == nullptr) continue;
    const oci::ResolvedImage& base = images.Get(image->reference, image->platform);
    ports.written->AddDocument(base.manifest.media_type,
                               oci::ReadBlob(ports.store.blobs(), base.manifest));
    ports.written->AddDocument(base.content.config.media_type, base.config_text);
  }
}

// A machine that a cache answered has not needed the layers of the bases either: a later run or
// save finds them where they came from.
void KeepBaseOrigins(const BuildPlan& plan, const BuildPorts& ports, ImageCatalog& images) {
  for (const PlannedImage& planned : plan.graph.images) {
    const auto* op = std::get_if<ImageOp>(&plan.graph.vertices[planned.base].op);
    if (op == nullptr) continue;
    const oci::ResolvedImage& base = images.Get(op->reference, op->platform);
    for (std::size_t i = 0; i < base.content.layers.size(); ++i) {
      if (ports.store.blobs().Has(base.content.layers[i].digest)) continue;
      layers::RememberOrigin(ports.store,
                             {.layer = base.config.diff_ids.at(i),
                              .blob = base.content.layers[i],
                              .choice = layers::kBaseChoice,
                              .place = "type=registry,ref=" + op->reference.ToString()});
    }
  }
}

// Again without each layer that a shared cache promised and does not have.
SolveResult SolveWithCaches(const BuildRequest& request, const BuildPorts& ports,
                            const BuildPlan& plan, const std::optional<parser::IgnoreFile>& ignore,
                            ImageCatalog& images) {
  if (ports.written != nullptr) ExportDocuments(plan, ports, images);
  Journal journal(request, plan.graph, ports.store, ports.shared);
  for (;;) {
    try {
      SolveResult solved = Solve(request, ports, plan, ignore, images, journal);
      if (ports.shared != nullptr) {
        ports.shared->KeepOrigins(LayersOfImages(plan.graph, solved));
        KeepBaseOrigins(plan, ports, images);
      }
      journal.Save(true, solved.cached_steps);
      if (ports.written != nullptr) ports.written->SetFacts(journal.Shareable());
      return solved;
    } catch (const LayerLost& lost) {
      if (ports.shared == nullptr) throw;
      ports.shared->Forget(lost);
      if (ports.written != nullptr) ports.written->StartOver();
    } catch (const Error&) {
      journal.Save(false, 0);
      throw;
    }
  }
}

BuiltImage Assemble(const PlannedImage& planned, const BuildPlan& plan, const SolveResult& solved,
                    const BuildPorts& ports, ImageCatalog& images) {
  AssemblyInput input;
  const Op& base = plan.graph.vertices[planned.base].op;
  if (const auto* image = std::get_if<ImageOp>(&base)) {
    input.base = &images.Get(image->reference, image->platform);
  }
  input.layer_of = [&](VertexId vertex) { return solved.layers.at(vertex); };
  input.source_date_epoch = plan.source_date_epoch;
  input.now = Now();
  const AssembledImage image = AssembleImage(planned, input);
  StoreImage(image, ports.store.blobs());
  return BuiltImage{.platform = image.config.platform,
                    .manifest = image.descriptor,
                    .config = image.config_descriptor,
                    .layers = image.config.diff_ids};
}

oci::Descriptor RootOf(const std::vector<BuiltImage>& images, bool force_index,
                       oci::BlobSink& blobs) {
  if (images.size() == 1 && !force_index) return images.front().manifest;
  std::vector<oci::Descriptor> manifests;
  for (const BuiltImage& image : images) manifests.push_back(image.manifest);
  return StoreIndex(manifests, blobs);
}

}  // namespace

BuildResult Build(const BuildRequest& request, const BuildPorts& ports) {
  const parser::Dockerfile dockerfile = ReadDockerfile(request);
  CheckStageNames(dockerfile, request);
  CachedBases bases(ports.resolver, ports.shared);
  ImageCatalog images(
      bases, request.pull, [&](const oci::ResolvedImage& image) { PinParts(ports.store, image); },
      ports.stop);
  const BuildPlan plan = Plan(dockerfile, request, ports, images);
  std::vector<parser::Diagnostic> warnings = plan.warnings;
  const std::optional<parser::IgnoreFile> ignore = IgnoreRulesOf(request.context);
  CheckRules(dockerfile, request, ignore, images, warnings);
  RequireTime(request, plan);
  ReportWarnings(warnings, ports.reporter);
  if (request.strict) RefuseWarnings(plan.warnings);
  const SolveResult solved = SolveWithCaches(request, ports, plan, ignore, images);
  std::vector<BuiltImage> built;
  for (const PlannedImage& planned : plan.graph.images) {
    built.push_back(Assemble(planned, plan, solved, ports, images));
  }
  return BuildResult{.root = RootOf(built, plan.force_index, ports.store.blobs()),
                     .images = std::move(built),
                     .steps = solved.layers.size(),
                     .cached_steps = solved.cached_steps};
}

}  // namespace ibuild::builder
