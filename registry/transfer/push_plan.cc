#include "registry/transfer/push_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "oci/media_type.h"

namespace ibuild::registry {
namespace {

// A mount costs a round trip and perhaps a token: more than sending so little.
constexpr std::uint64_t kWorthMounting = 32u << 10;

void PlanBlob(const oci::Descriptor& blob, const PushSurvey& survey, const PushIntent& intent,
              PushPlan& plan) {
  if (survey.present.contains(blob.digest)) {
    plan.existing.push_back(blob);
  } else if (oci::IsForeignLayerType(blob.media_type) && !intent.foreign_layers) {
    plan.left_out.push_back(blob);
  } else {
    plan.uploads.push_back({blob, blob.size >= kWorthMounting ? intent.mount_from : ""});
  }
}

}  // namespace

PushPlan PlanPush(const ImageGraph& graph, const PushSurvey& survey, const PushIntent& intent) {
  PushPlan plan;
  for (const std::string& tag : intent.tags) {
    if (!survey.current_tags.contains(tag)) plan.root_selectors.push_back(tag);
  }
  if (intent.tags.empty()) plan.root_selectors = {graph.root().descriptor.digest.ToString()};
  // A tag that names the root proves that the registry has all of it.
  if (!survey.current_tags.empty()) {
    plan.existing = graph.blobs;
    return plan;
  }
  for (const oci::Descriptor& blob : graph.blobs) PlanBlob(blob, survey, intent, plan);
  std::stable_sort(
      plan.uploads.begin(), plan.uploads.end(),
      [](const PlannedUpload& a, const PlannedUpload& b) { return a.blob.size > b.blob.size; });
  for (std::size_t i = 0; i + 1 < graph.documents.size(); ++i) plan.documents.push_back(i);
  return plan;
}

std::string Dump(const PushPlan& plan, const ImageGraph& graph) {
  std::string text;
  for (const auto& blob : plan.existing) text += fmt::format("have {}\n", blob.digest.Short());
  for (const auto& blob : plan.left_out) text += fmt::format("leave {}\n", blob.digest.Short());
  for (const PlannedUpload& upload : plan.uploads) {
    text += fmt::format("upload {} {} bytes{}\n", upload.blob.digest.Short(), upload.blob.size,
                        upload.mount_from.empty() ? "" : ", mount from " + upload.mount_from);
  }
  for (const std::size_t place : plan.documents) {
    text += fmt::format("put {}\n", graph.documents[place].descriptor.digest.Short());
  }
  for (const std::string& selector : plan.root_selectors) {
    text += fmt::format("name {} {}\n", graph.root().descriptor.digest.Short(), selector);
  }
  return text;
}

}  // namespace ibuild::registry
