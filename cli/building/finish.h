// What becomes of a finished build: names in the store, archives, files, pushes, and the little
// files that scripts read.
#pragma once

#include <string>
#include <vector>

#include "builder/build.h"
#include "cli/building/build_options.h"
#include "cli/building/remembering_resolver.h"
#include "cli/push_image.h"
#include "cli/wiring.h"

namespace ibuild::cli {

// Whether some output needs the layers of this base image on this machine: all but the registry
// that has them. For builder::BuildRequest::needs_layers_of.
bool NeedsLayersOf(const BuildOptions& options, const oci::Reference& base);

class BuildFinisher {
 public:
  // All of them must outlive it.
  BuildFinisher(Wiring& wiring, const BuildOptions& options, RememberingResolver& bases,
                const builder::BuildResult& result, builder::CacheExport* written = nullptr)
      : wiring_(wiring),
        options_(options),
        bases_(bases),
        result_(result),
        written_(written),
        stored_(result.root) {}

  // Does it all; returns what belongs on standard output (empty when an output goes there).
  std::string Run();
  // The image in the form that was pushed or written last, else that of the store.
  oci::Descriptor root() const { return exported_.value_or(stored_); }

 private:
  oci::Descriptor FormForStore();
  void NameInStore();
  void AddToManifestList();
  std::vector<layers::NamedImage> NamesInStore() const;
  bool IsForStore() const;
  void Write(const OutputSpec& output);
  void WriteArchive(const OutputSpec& output);
  void WriteFiles(const OutputSpec& output);
  void WriteDirectories(const OutputSpec& output);
  void WriteTar(const OutputSpec& output);
  void RefuseCollisions();
  void Push(const OutputSpec& output);
  oci::Descriptor PushOrFetch(const std::vector<PushJob>& jobs,
                              const layers::ExportOptions& options);
  void AddInlineCache(layers::ExportOptions& options);
  void FetchBases();
  void Unpack(const builder::BuiltImage& image);
  bool IsSplit(const OutputSpec& output) const;
  std::vector<oci::Reference> NamesFor(const OutputSpec& output) const;
  layers::ExportOptions ExportOptionsOf(const OutputSpec& output) const;
  std::string ImageId() const;
  std::string Metadata() const;

  Wiring& wiring_;
  const BuildOptions& options_;
  RememberingResolver& bases_;
  const builder::BuildResult& result_;
  builder::CacheExport* written_;            // null: no --cache-to
  oci::Descriptor stored_;                   // the result as the store keeps it
  std::optional<oci::Descriptor> exported_;  // what the last archive or registry got
  std::string pushed_;                       // digest of what was pushed last; empty: nothing was
};

}  // namespace ibuild::cli
