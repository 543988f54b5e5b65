// BuildFacts: what a build was made of, step by step. Kept by the store after a build, so that a
// later one can say why a step did not come from the cache.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/cache/cache_key.h"
#include "builder/graph/build_graph.h"

namespace ibuild::builder {

struct StepFacts {
  std::string title;  // "[build 2/5] RUN make"
  std::string stage;
  std::string text;                 // "RUN make"
  std::vector<std::size_t> inputs;  // steps of the same build; the first is what it starts from
  std::string key;                  // hexadecimal; empty: a base
  std::string layer;                // the DiffId that it made; of a base the digest of its manifest
  std::vector<KeyPart> parts;
  std::vector<std::string> build_args;                        // which "env.…" parts are ARGs
  std::map<std::string, std::optional<std::size_t>> sources;  // by part; nothing: a context
};

struct BuildFacts {
  std::vector<StepFacts> steps;  // by VertexId
};

// All but key, parts and layer.
StepFacts PlannedFacts(const Vertex& vertex);

// Names the facts: by the titles, keys and layers of the steps. Cheap.
std::string FactsName(const BuildFacts& facts);

// `listings`: of the files behind parts, by the parts' values, for a reader elsewhere.
std::string Serialize(const BuildFacts& facts,
                      const std::map<std::string, std::string>& listings = {});
// Nothing for what cannot be read.
std::optional<BuildFacts> ParseBuildFacts(std::string_view text);
std::map<std::string, std::string> ParseListings(std::string_view text);

}  // namespace ibuild::builder
