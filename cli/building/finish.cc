#include "cli/building/finish.h"

#include <fmt/format.h>

#include <algorithm>

#include "builder/cache/cache_export.h"
#include "cli/building/open_cache.h"
#include "cli/local_images.h"
#include "cli/manifest_lists.h"
#include "cli/push_image.h"
#include "cli/result_file.h"
#include "cli/sync_later.h"
#include "layers/snapshot/unpack_image.h"
#include "layers/store/compressed_layers.h"
#include "layers/store/image_parts.h"
#include "layers/store/store.h"
#include "oci/media_type.h"
#include "registry/cache/registry_cache.h"
#include "support/base64.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

bool UsesStandardOutput(const OutputSpec& output) { return output.destination == "-"; }

// "linux_arm_v7", as buildx names the directories of several platforms.
std::string DirectoryOf(const oci::Platform& platform) {
  std::string name = platform.ToString();
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

bool Pushes(const OutputSpec& output) {
  return output.type == OutputType::kRegistry || (output.type == OutputType::kStore && output.push);
}

// Whether nothing but pushing is asked for.
bool OnlyPushes(const BuildOptions& options) {
  const auto& outputs = options.outputs;
  const bool all = std::all_of(outputs.begin(), outputs.end(), [](const OutputSpec& output) {
    return output.type == OutputType::kRegistry || output.type == OutputType::kCacheOnly;
  });
  return all && (options.push || std::any_of(outputs.begin(), outputs.end(), Pushes));
}

std::vector<oci::Reference> PushTargets(const BuildOptions& options) {
  std::vector<oci::Reference> targets = options.tags;
  for (const OutputSpec& output : options.outputs) {
    for (const std::string& name : output.names) targets.push_back(oci::Reference::Parse(name));
  }
  return targets;
}

}  // namespace

bool NeedsLayersOf(const BuildOptions& options, const oci::Reference& base) {
  if (options.list) return true;  // what a list names is whole
  if (OnlyPushes(options)) {
    const auto targets = PushTargets(options);
    return std::any_of(targets.begin(), targets.end(), [&](const oci::Reference& target) {
      return target.repository().host != base.repository().host;
    });
  }
  const auto& outputs = options.outputs;
  const bool only_cache =
      !outputs.empty() && std::all_of(outputs.begin(), outputs.end(), [](const auto& output) {
        return output.type == OutputType::kCacheOnly;
      });
  return !only_cache;  // a result without a name is kept as well
}

std::string BuildFinisher::Run() {
  stored_ = FormForStore();
  NameInStore();
  if (options_.list) AddToManifestList();
  for (const OutputSpec& output : options_.outputs) Write(output);
  if (options_.push) Push(OutputSpec());
  if (options_.files.image_id) WriteFileAtomically(*options_.files.image_id, ImageId());
  if (options_.files.metadata) WriteFileAtomically(*options_.files.metadata, Metadata());
  if (std::any_of(options_.outputs.begin(), options_.outputs.end(), UsesStandardOutput)) return {};
  return (pushed_.empty() ? ImageId() : pushed_) + "\n";
}

// Annotations are part of the image, so that a later push or save has them. Layers stay plain
// unless an output says how the store is to keep them.
oci::Descriptor BuildFinisher::FormForStore() {
  layers::ExportOptions annotate{.compression = {oci::Compression::kNone, {}},
                                 .annotations = options_.annotations};
  layers::Store& store = wiring_.store();
  annotate.types = options_.after.types;
  oci::Descriptor root = result_.root;
  if (!options_.annotations.empty() || annotate.types) {
    root = layers::MakeExportable(store, root, annotate, wiring_.reporter());
  }
  for (const OutputSpec& output : options_.outputs) {
    if (output.type != OutputType::kStore) continue;
    layers::ExportOptions form = output.options;
    if (!output.compresses) form.compression = annotate.compression;
    if (form.force_compression) FetchBases();
    if (output.compresses) wiring_.BecomeRoot();
    root = layers::MakeExportable(store, root, form, wiring_.reporter());
  }
  return root;
}

std::vector<layers::NamedImage> BuildFinisher::NamesInStore() const {
  std::vector<layers::NamedImage> names;
  for (const oci::Reference& tag : options_.tags) names.push_back({tag, stored_});
  for (const OutputSpec& output : options_.outputs) {
    if (output.type != OutputType::kStore) continue;
    for (const std::string& name : output.names) {
      names.push_back({oci::Reference::Parse(name), stored_});
    }
  }
  return names;
}

// A --tag names the image in the store whatever else becomes of it, if it is whole: of one that
// only goes to the registry of its base, the base's layers need not be here. A name that was there
// must not go on meaning what it meant.
void BuildFinisher::NameInStore() {
  const std::vector<layers::NamedImage> names = NamesInStore();
  layers::Store& store = wiring_.store();
  if (names.empty()) {
    if (IsForStore()) store.names().Keep(stored_);  // found by its id, until it is pruned
    return;
  }
  if (!layers::FindMissing(store, stored_).empty()) {
    const bool known = std::any_of(names.begin(), names.end(), [&](const auto& image) {
      return store.names().Find(image.name).has_value();
    });
    if (!known) return;
    FetchBases();
  }
  if (store.names().Set(names)) SyncLater(wiring_);
}

void BuildFinisher::AddToManifestList() {
  layers::Store& store = wiring_.store();
  std::vector<oci::Descriptor> images = {stored_};
  if (oci::IsIndexType(stored_.media_type)) {
    images = ListEntries(store, stored_);
  } else {
    images.front().platform = result_.images.front().platform;
  }
  AddToList(store, *options_.list, images);
}

// Where another output is asked for, the image is not meant to stay here as well.
bool BuildFinisher::IsForStore() const {
  return std::all_of(options_.outputs.begin(), options_.outputs.end(),
                     [](const OutputSpec& output) { return output.type == OutputType::kStore; });
}

void BuildFinisher::Write(const OutputSpec& output) {
  switch (output.type) {
    case OutputType::kOci:
    case OutputType::kDocker:
      return WriteArchive(output);
    case OutputType::kLocal:
    case OutputType::kTar:
      return WriteFiles(output);
    case OutputType::kRegistry:
    case OutputType::kStore:
      if (output.push) Push(output);
      return;
    case OutputType::kCacheOnly:
      return;
  }
}

void BuildFinisher::WriteArchive(const OutputSpec& output) {
  if (output.type == OutputType::kDocker && result_.images.size() > 1) {
    throw Error(ErrorKind::kUsage, "a docker archive holds the image of one platform")
        .WithHint("`type=oci` holds several, or choose one with `--platform`");
  }
  FetchBases();
  wiring_.BecomeRoot();
  layers::Store& store = wiring_.store();
  exported_ =
      layers::MakeExportable(store, result_.root, ExportOptionsOf(output), wiring_.reporter());
  const auto kind =
      output.type == OutputType::kDocker ? layers::ArchiveKind::kDocker : layers::ArchiveKind::kOci;
  const layers::ArchivedImage image{*exported_, NamesFor(output)};
  if (!output.archive) {
    layers::WriteLayoutDirectory(store.blobs(), kind, image, output.destination);
    return;
  }
  ResultFile file(output.destination);
  layers::WriteArchive(store.blobs(), kind, {image}, file.sink());
  file.Commit();
}

void BuildFinisher::WriteFiles(const OutputSpec& output) {
  FetchBases();
  wiring_.BecomeRoot();
  for (const builder::BuiltImage& image : result_.images) Unpack(image);
  return output.type == OutputType::kLocal ? WriteDirectories(output) : WriteTar(output);
}

bool BuildFinisher::IsSplit(const OutputSpec& output) const {
  return output.platform_split.value_or(result_.images.size() > 1);
}

// Into one directory: as in Docker, no platform's file may hide another's.
void BuildFinisher::RefuseCollisions() {
  const auto& images = result_.images;
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (std::size_t j = i + 1; j < images.size(); ++j) {
      const auto path = layers::FindCollision(wiring_.store(), images[i].layers, images[j].layers);
      if (!path) continue;
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("both {} and {} have {}", images[i].platform.ToString(),
                              images[j].platform.ToString(), path->Absolute()))
          .WithHint("leave out platform-split=false: each platform gets a directory");
    }
  }
}

void BuildFinisher::WriteDirectories(const OutputSpec& output) {
  const bool split = IsSplit(output);
  if (!split) RefuseCollisions();
  for (const builder::BuiltImage& image : result_.images) {
    std::filesystem::path directory = output.destination;
    if (split) directory /= DirectoryOf(image.platform);
    layers::WriteRootfsDirectory(wiring_.store(), image.layers, directory);
  }
}

// A tar is split whenever there are several, as in Docker.
void BuildFinisher::WriteTar(const OutputSpec& output) {
  const bool split = IsSplit(output) || result_.images.size() > 1;
  std::vector<layers::RootfsPart> parts;
  for (const builder::BuiltImage& image : result_.images) {
    parts.push_back(
        {.layers = image.layers, .directory = split ? DirectoryOf(image.platform) : std::string()});
  }
  ResultFile file(output.destination);
  layers::WriteRootfsTar(wiring_.store(), parts, file.sink());
  file.Commit();
}

void BuildFinisher::Push(const OutputSpec& output) {
  const std::vector<oci::Reference> names = NamesFor(output);
  if (names.empty()) {
    throw Error(ErrorKind::kUsage, "there is no name to push to").WithHint("add `-t NAME:TAG`");
  }
  layers::ExportOptions options = ExportOptionsOf(output);
  if (options.force_compression) FetchBases();
  AddInlineCache(options);
  std::vector<oci::Repository> origins = CacheRepositories(options_.cache_from);
  for (oci::Repository& repository : CacheRepositories(options_.cache_to)) {
    origins.push_back(std::move(repository));
  }
  for (const auto& [base, image] : bases_.resolved()) origins.push_back(base.repository());
  std::vector<PushJob> jobs;
  for (const oci::Reference& name : names) {
    PushTarget target{name, output.push_by_digest};
    target.origins = origins;
    jobs.push_back({result_.root, std::move(target)});
  }
  exported_ = PushOrFetch(jobs, options);
  pushed_ = exported_->digest.ToString();
}

// A registry need not let us mount what it has in another repository: then we need the bytes.
oci::Descriptor BuildFinisher::PushOrFetch(const std::vector<PushJob>& jobs,
                                           const layers::ExportOptions& options) {
  try {
    return PushImages(wiring_, jobs, options).back().root;
  } catch (const Error& error) {
    const bool whole = layers::FindMissing(wiring_.store(), result_.root).empty();
    if (error.kind() != ErrorKind::kNotFound || whole) throw;
  }
  FetchBases();
  return PushImages(wiring_, jobs, options).back().root;
}

// --cache-to type=inline: the image says what its layers are the answers to. Compressed here: the
// push then finds them so.
void BuildFinisher::AddInlineCache(layers::ExportOptions& options) {
  const bool wanted =
      std::any_of(options_.cache_to.begin(), options_.cache_to.end(),
                  [](const CacheSpec& spec) { return spec.type == CacheType::kInline; });
  if (!wanted || written_ == nullptr) return;
  wiring_.BecomeRoot();
  layers::Store& store = wiring_.store();
  layers::MakeExportable(store, result_.root, options, wiring_.reporter());
  std::map<oci::DiffId, builder::LayerBlob> blobs;
  for (const builder::BuiltImage& image : result_.images) {
    for (const oci::DiffId& layer : image.layers) {
      const auto blob = layers::FindCompressed(store, layer, options.compression);
      if (!blob) continue;
      blobs.emplace(layer, builder::LayerBlob{.digest = blob->digest,
                                              .size = blob->size,
                                              .choice = layers::ChoiceName(options.compression)});
    }
  }
  const bool index = oci::IsIndexType(result_.root.media_type);
  options.annotations.push_back(
      {.place = index ? layers::AnnotationPlace::kIndex : layers::AnnotationPlace::kManifest,
       .platform = {},
       .key = std::string(registry::kInlineCacheAnnotation),
       .value = EncodeBase64(written_->InlineText(blobs))});
}

// Before all of their bytes are needed: side by side is faster than one by one.
void BuildFinisher::FetchBases() {
  for (const auto& [reference, image] : bases_.resolved())
    bases_.FetchLayers(reference, image, wiring_.stop());
}

void BuildFinisher::Unpack(const builder::BuiltImage& image) {
  layers::Store& store = wiring_.store();
  const auto local = ReadImage(store, image.manifest, image.platform);
  if (local) layers::UnpackImage(store, local->content, local->config, wiring_.reporter());
}

std::vector<oci::Reference> BuildFinisher::NamesFor(const OutputSpec& output) const {
  std::vector<oci::Reference> names = options_.tags;
  for (const std::string& name : output.names) names.push_back(oci::Reference::Parse(name));
  return names;
}

layers::ExportOptions BuildFinisher::ExportOptionsOf(const OutputSpec& output) const {
  layers::ExportOptions options = output.options;
  if (!options.types) options.types = options_.after.types;
  // Those of the output come last, and win.
  options.annotations.insert(options.annotations.begin(), options_.annotations.begin(),
                             options_.annotations.end());
  return options;
}

// As with Docker: the digest of the configuration; of the index, when there are several images, as
// it was written.
std::string BuildFinisher::ImageId() const {
  return result_.images.size() == 1 ? result_.images.front().config.digest.ToString()
                                    : exported_.value_or(stored_).digest.ToString();
}

std::string BuildFinisher::Metadata() const {
  Json json;
  if (result_.images.size() == 1) {
    json["containerimage.config.digest"] = result_.images.front().config.digest.ToString();
  }
  const oci::Descriptor root = exported_.value_or(stored_);
  json["containerimage.digest"] = root.digest.ToString();
  json["containerimage.descriptor"] = oci::WriteDescriptor(root);
  std::vector<std::string> names;
  for (const oci::Reference& tag : options_.tags) names.push_back(tag.ToString());
  for (const OutputSpec& output : options_.outputs) {
    for (const std::string& name : output.names) {
      names.push_back(oci::Reference::Parse(name).ToString());
    }
  }
  if (!names.empty()) json["image.name"] = Join(names, ",");
  const std::string& trace = wiring_.settings().trace_id;
  if (!trace.empty()) json["ibuild.trace.id"] = trace;
  return DumpJson(json, JsonStyle::kIndented);
}

}  // namespace ibuild::cli
