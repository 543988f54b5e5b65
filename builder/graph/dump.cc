#include "builder/graph/dump.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <vector>

#include "builder/graph/op_parts.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

void DumpPart(std::string& text, const OpPart& part) {
  static constexpr std::string_view kMarks = " ~-";  // by role: key, wiring, incidental
  fmt::format_to(std::back_inserter(text), "  {} {}: {}\n",
                 kMarks[static_cast<std::size_t>(part.role)], part.name, Quote(part.value));
}

void DumpVertex(std::string& text, VertexId id, const Vertex& vertex) {
  fmt::format_to(std::back_inserter(text), "vertex {}: {}\n", id, vertex.title);
  fmt::format_to(std::back_inserter(text), "    {}", KindOf(vertex.op));
  if (!vertex.stage.empty()) fmt::format_to(std::back_inserter(text), " in {}", vertex.stage);
  for (std::size_t i = 0; i < vertex.inputs.size(); ++i) {
    fmt::format_to(std::back_inserter(text), "{}{}", i == 0 ? " on " : ", ", vertex.inputs[i]);
  }
  if (vertex.range.begin.line != 0 && !vertex.stage.empty()) {
    fmt::format_to(std::back_inserter(text), " (line {})", vertex.range.begin.line);
  }
  text += "\n";
  for (const OpPart& part : PartsOf(vertex.op)) DumpPart(text, part);
}

void DumpList(std::string& text, std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return;
  fmt::format_to(std::back_inserter(text), "    {}:", name);
  for (const std::string& value : values) text += " " + Quote(value);
  text += "\n";
}

void DumpText(std::string& text, std::string_view name, const std::string& value) {
  if (!value.empty()) DumpList(text, name, {value});
}

void DumpConfig(std::string& text, const oci::ImageConfig& image) {
  const oci::RuntimeConfig& config = image.config;
  DumpText(text, "author", image.author);
  DumpText(text, "user", config.user);
  DumpList(text, "ports", {config.exposed_ports.begin(), config.exposed_ports.end()});
  DumpList(text, "env", config.env);
  DumpList(text, "entrypoint", config.entrypoint);
  DumpList(text, "cmd", config.cmd);
  DumpList(text, "volumes", {config.volumes.begin(), config.volumes.end()});
  DumpText(text, "working directory", config.working_dir);
  for (const auto& [name, value] : config.labels) DumpText(text, "label " + name, value);
  DumpText(text, "stop signal", config.stop_signal);
  if (config.healthcheck) DumpList(text, "healthcheck", config.healthcheck->test);
  DumpList(text, "triggers", config.on_build);
  DumpList(text, "shell", config.shell);
}

void DumpImage(std::string& text, const PlannedImage& image) {
  fmt::format_to(std::back_inserter(text), "image {}: state {}, base {}\n",
                 image.config.platform.ToString(), image.state, image.base);
  DumpConfig(text, image.config);
  for (const PlannedHistory& history : image.history) {
    const std::string layer = history.layer ? fmt::format("{}", *history.layer) : "-";
    fmt::format_to(std::back_inserter(text), "    history {}: {}\n", layer,
                   Quote(history.entry.created_by));
  }
}

}  // namespace

std::string Dump(const BuildGraph& graph) {
  std::string text;
  for (VertexId id = 0; id < graph.vertices.size(); ++id) DumpVertex(text, id, graph.vertices[id]);
  for (const PlannedImage& image : graph.images) DumpImage(text, image);
  return text;
}

}  // namespace ibuild::builder
