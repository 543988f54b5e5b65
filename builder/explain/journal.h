// Journal: what the store will remember of the build that is going on, and what it remembers of
// earlier ones, to say why a step did not come from the cache.
//
// Steps are told as they come; earlier builds are only read when a reason is asked for. Save() is
// called once, however the build ends. The scheduling thread only.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "builder/build.h"
#include "builder/explain/build_facts.h"
#include "builder/explain/build_log.h"
#include "builder/graph/build_graph.h"

namespace ibuild::builder {

class Journal {
 public:
  // All must outlive it. `shared`: where builds of other machines are known; null: nowhere.
  Journal(const BuildRequest& request, const BuildGraph& graph, layers::Store& store,
          SharedCaches* shared = nullptr);

  void SetBase(VertexId vertex, const oci::Descriptor& manifest);
  void SetKey(VertexId vertex, CacheKey key);
  void SetLayer(VertexId vertex, const oci::DiffId& layer);
  void Began(VertexId vertex, std::vector<std::string> why);
  void Ended(VertexId vertex, std::string outcome);

  std::filesystem::path OutputPath(VertexId vertex) const { return log_.OutputFile(id_, vertex); }

  // At least one sentence.
  std::vector<std::string> WhyNot(VertexId vertex);

  // For a shared cache: the facts, with the listings behind them while they are not too long.
  std::string Shareable() const;

  // Never throws: a build does not fail for want of a record.
  void Save(bool succeeded, std::size_t cached) noexcept;

  // The record under which the store keeps the listing that a part's value names.
  static std::string ListingKey(const std::string& value);

 private:
  const BuildFacts* Before();
  void LookElsewhere(std::size_t best);
  std::optional<std::string> ListingOf(const std::string& value) const;
  std::string Gone(VertexId vertex) const;

  const BuildRequest& request_;
  layers::Store& store_;
  SharedCaches* shared_;
  BuildLog log_;
  const UnixTime started_;
  const std::string id_;
  BuildFacts facts_;
  std::vector<RunEntry> ran_;
  std::map<VertexId, std::pair<std::size_t, std::chrono::steady_clock::time_point>> running_;
  bool looked_ = false;
  std::optional<BuildFacts> before_;
  std::map<std::string, std::string> shared_listings_;
};

}  // namespace ibuild::builder
