// PlanBuild: from a Dockerfile to the graph of what has to be done (Dockerfile reference; the
// configuration and history are those that BuildKit writes).
//
// Pure: no files, network, clock or environment. What it needs to know of a base image, its
// configuration, it asks for when it gets there, so that only bases which the target needs are
// ever resolved. Every Error has an excerpt of the instruction it is about; what the language has
// but this program lacks is kUnsupported.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "builder/graph/build_graph.h"
#include "builder/plan/epoch.h"
#include "builder/plan/named_context.h"
#include "oci/image_config.h"
#include "parser/syntax/diagnostic.h"
#include "parser/syntax/stage.h"
#include "support/source_text.h"

namespace ibuild::builder {

// The configuration of an image; the reference returned stays valid until planning ends.
using ImageConfigSource =
    std::function<const oci::ImageConfig&(const oci::Reference&, const oci::Platform&)>;

struct NeededImage {
  oci::Reference reference;
  oci::Platform platform;

  friend bool operator==(const NeededImage&, const NeededImage&) = default;
};

struct PlanInput {
  std::map<std::string, std::string> build_args;
  std::map<std::string, std::string> labels;  // put on the image after everything else
  std::string target;                         // empty: the last stage
  std::vector<oci::Platform> platforms;       // of the image, one at least
  oci::Platform build_platform;               // of this machine
  NamedContexts named_contexts;
  NetworkMode network = NetworkMode::kDefault;  // of a RUN that does not say
  bool allow_host_network = false;              // entitlements
  bool allow_insecure = false;
  std::optional<std::int64_t> source_date_epoch;  // when no argument says
  SourceTimes source_time;                        // asked when an argument names a source
  ImageConfigSource image_config;
  // If set, hears first which images will be asked for, as far as the file tells, each once: they
  // can be looked for side by side.
  std::function<void(const std::vector<NeededImage>&)> expect_images;
};

struct BuildPlan {
  BuildGraph graph;
  std::vector<parser::Diagnostic> warnings;  // line 0: about the command line, not the file
  // The value of a build argument or global ARG SOURCE_DATE_EPOCH, else the input's.
  std::optional<std::int64_t> source_date_epoch;
  bool force_index = false;  // BUILDKIT_MULTI_PLATFORM: an index even for one platform
};

BuildPlan PlanBuild(const parser::Dockerfile& dockerfile, const SourceText& source,
                    const PlanInput& input);

}  // namespace ibuild::builder
