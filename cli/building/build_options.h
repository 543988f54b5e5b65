// Everything that `ibuild build` can be told, as one value.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "builder/build.h"
#include "cli/building/cache_spec.h"
#include "cli/building/edit_image.h"
#include "cli/building/failed_step.h"
#include "cli/building/output_spec.h"
#include "cli/options.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/settings.h"
#include "cli/step_options.h"

namespace ibuild::cli {

// --check and --call: look at the Dockerfile instead of building it.
struct CallSpec {
  std::string what = "build";   // build, check, outline, targets
  std::string format = "text";  // text, json, sarif
};

// What is written besides the outputs.
struct ResultFiles {
  std::optional<std::string> image_id;
  std::optional<std::string> metadata;
};

// What is done to the image when it is built, as buildah and podman have it.
struct AfterBuild {
  ConfigEdit edit;
  bool squash = false;
  std::optional<oci::TypeFamily> types;  // of the image in the store; nothing: OCI
};

struct BuildOptions {
  std::optional<std::string> file;  // of the Dockerfile; "-" is standard input
  std::optional<std::string> ignore_file;
  std::vector<oci::Reference> tags;    // set by ApplyDefaults
  std::optional<oci::Reference> list;  // of the store, to which the images are added; likewise
  std::vector<OutputSpec> outputs;
  bool push = false;
  CallSpec call;
  ResultFiles files;
  std::vector<layers::Annotation> annotations;
  std::map<std::string, std::string> named_contexts;  // as written
  std::vector<CacheSpec> cache_from;
  std::vector<CacheSpec> cache_to;
  builder::BuildRequest request;  // all but the Dockerfile and the contexts
  AfterBuild after;
  std::optional<OnError> on_error;  // nothing: as the terminal allows
  bool reproducible = false;
  ProgressOptions progress;
  RegistryOptions registry;

  // `defaults`: what the environment says.
  void Declare(OptionSet& options);
  void ApplyDefaults(const Settings& settings);
  void AddTag(std::string text) { tag_texts_.push_back(std::move(text)); }
  // Registries that an output pushes to with registry.insecure=true.
  std::vector<std::string> InsecureHosts() const;

 private:
  void DeclareInput(OptionSet& options);
  void DeclareOutput(OptionSet& options);
  void DeclareSteps(OptionSet& options);
  void DeclareCache(OptionSet& options);
  void DeclareAfterBuild(OptionSet& options);
  bool RewritesTimes() const;
  void CheckOutputs() const;

  HostOptions host_;
  std::vector<std::string> tag_texts_;
  std::optional<std::string> list_text_;
  bool clamp_to_epoch_ = false;
};

}  // namespace ibuild::cli
