// What a push will do, decided from what the registry has; pure.
//
// Uploads may run side by side; then documents are put in their order, children first, each by its
// digest; the root is put under every tag last, so that a tag never names what is not there.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "registry/transfer/image_graph.h"

namespace ibuild::registry {

struct PushSurvey {
  std::set<oci::Digest> present;       // blobs of the target repository
  std::set<std::string> current_tags;  // tags that name the root already
};

struct PushIntent {
  std::vector<std::string> tags = {};  // empty: the root is put by its digest
  std::string mount_from = {};         // path of a repository of the same registry, or empty
  bool foreign_layers = false;
};

struct PlannedUpload {
  oci::Descriptor blob;
  std::string mount_from;  // empty: no mount is tried
};

struct PushPlan {
  std::vector<oci::Descriptor> existing;    // nothing to do
  std::vector<oci::Descriptor> left_out;    // foreign layers
  std::vector<PlannedUpload> uploads;       // the largest first: they take longest
  std::vector<std::size_t> documents;       // places in ImageGraph::documents, root excluded
  std::vector<std::string> root_selectors;  // tags or the digest
};

PushPlan PlanPush(const ImageGraph& graph, const PushSurvey& survey, const PushIntent& intent);

// One line a step, for people and tests.
std::string Dump(const PushPlan& plan, const ImageGraph& graph);

}  // namespace ibuild::registry
