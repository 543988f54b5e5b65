#include "builder/explain/build_facts.h"

#include <fmt/format.h>

#include <utility>

#include "oci/digest.h"
#include "support/error.h"
#include "support/json.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kMostSteps = 100'000;
constexpr const char* kWhat = "build facts";

void AddSource(StepFacts& facts, std::string part, const FileInput& from) {
  const auto* vertex = std::get_if<VertexInput>(&from);
  facts.sources[std::move(part)] =
      vertex != nullptr ? std::optional<std::size_t>(vertex->vertex) : std::nullopt;
}

void AddSources(StepFacts& facts, const Op& op) {
  if (const auto* copy = std::get_if<CopyOp>(&op)) {
    for (std::size_t i = 0; i < copy->sources.size(); ++i) {
      const auto* file = std::get_if<FileSource>(&copy->sources[i]);
      if (file != nullptr) AddSource(facts, ContentPartName(op, i), file->from);
    }
  }
  if (const auto* run = std::get_if<RunOp>(&op)) {
    for (std::size_t i = 0; i < run->mounts.size(); ++i) {
      const auto* bind = std::get_if<BindRunMount>(&run->mounts[i].what);
      if (bind != nullptr) AddSource(facts, ContentPartName(op, i), bind->from);
    }
  }
}

// "[build 2/5] RUN make" without its place, which changes when a step is added before it.
std::string TextOf(const std::string& title) {
  const std::size_t end = title.starts_with('[') ? title.find("] ") : std::string::npos;
  return end == std::string::npos ? title : title.substr(end + 2);
}

Json ToJson(const StepFacts& step) {
  Json json = {{"title", step.title},    {"stage", step.stage},      {"inputs", step.inputs},
               {"key", step.key},        {"layer", step.layer},      {"args", step.build_args},
               {"parts", Json::array()}, {"sources", Json::object()}};
  for (const KeyPart& part : step.parts) {
    json["parts"].push_back({{"name", part.name}, {"value", part.value}});
  }
  for (const auto& [part, from] : step.sources) {
    json["sources"][part] = from ? Json(*from) : Json("context");
  }
  return json;
}

std::size_t ReadIndex(const JsonReader& json) {
  const std::int64_t index = json.AsInt();
  if (index < 0 || index >= static_cast<std::int64_t>(kMostSteps)) json.Fail("is no step");
  return static_cast<std::size_t>(index);
}

StepFacts ReadStep(const JsonReader& json) {
  StepFacts step;
  step.title = json.String("title");
  step.text = TextOf(step.title);
  step.stage = json.String("stage");
  step.key = json.String("key");
  step.layer = json.String("layer");
  step.build_args = json.StringsIf("args");
  json.At("inputs").ForEachElement(
      [&](const JsonReader& input) { step.inputs.push_back(ReadIndex(input)); });
  json.At("parts").ForEachElement([&](const JsonReader& part) {
    step.parts.push_back({part.String("name"), part.String("value")});
  });
  json.At("sources").ForEachMember([&](const std::string& part, const JsonReader& from) {
    step.sources[part] =
        from.IsString() ? std::nullopt : std::optional<std::size_t>(ReadIndex(from));
  });
  return step;
}

// Every input comes before its step, so that following inputs ends.
void CheckOrder(const BuildFacts& facts, const JsonReader& json) {
  for (std::size_t i = 0; i < facts.steps.size(); ++i) {
    for (const std::size_t input : facts.steps[i].inputs) {
      if (input >= i) json.Fail("has a step that builds on a later one");
    }
    for (const auto& [part, from] : facts.steps[i].sources) {
      if (from && *from >= i) json.Fail("has a step that copies from a later one");
    }
  }
}

}  // namespace

StepFacts PlannedFacts(const Vertex& vertex) {
  StepFacts facts;
  facts.title = vertex.title;
  facts.text = TextOf(vertex.title);
  facts.stage = vertex.stage;
  facts.inputs = vertex.inputs;
  facts.build_args = vertex.build_arg_names;
  AddSources(facts, vertex.op);
  return facts;
}

std::string FactsName(const BuildFacts& facts) {
  std::string text = "ibuild facts 1\n";
  for (const StepFacts& step : facts.steps) {
    for (const std::string* part : {&step.stage, &step.title, &step.key, &step.layer}) {
      fmt::format_to(std::back_inserter(text), "{}:{}\n", part->size(), *part);
    }
  }
  return oci::Digest::OfText(text).hex();
}

std::string Serialize(const BuildFacts& facts, const std::map<std::string, std::string>& listings) {
  Json steps = Json::array();
  for (const StepFacts& step : facts.steps) steps.push_back(ToJson(step));
  Json json = {{"steps", std::move(steps)}};
  if (!listings.empty()) json["listings"] = listings;
  return DumpJson(json);
}

std::map<std::string, std::string> ParseListings(std::string_view text) {
  std::map<std::string, std::string> listings;
  try {
    const Json json = ParseJson(text, kWhat, {.bytes = 64u << 20, .depth = 8});
    if (const auto found = JsonReader(json, kWhat).Find("listings")) {
      found->ForEachMember([&](const std::string& value, const JsonReader& listing) {
        listings[value] = listing.AsString();
      });
    }
  } catch (const Error&) {
    listings.clear();
  }
  return listings;
}

std::optional<BuildFacts> ParseBuildFacts(std::string_view text) {
  try {
    const Json json = ParseJson(text, kWhat, {.bytes = 64u << 20, .depth = 8});
    const JsonReader reader(json, kWhat);
    BuildFacts facts;
    reader.At("steps").ForEachElement(
        [&](const JsonReader& step) { facts.steps.push_back(ReadStep(step)); });
    CheckOrder(facts, reader);
    return facts;
  } catch (const Error&) {
    return std::nullopt;  // of another version, or damaged
  }
}

}  // namespace ibuild::builder
