#include "tests/builder/plan_fixture.h"

#include <map>

#include "parser/syntax/parse.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

oci::ImageConfig BaseConfig() {
  oci::ImageConfig image;
  image.created = "2017-07-14T02:40:00Z";
  image.platform = oci::Platform::Parse("linux/amd64");
  image.config.env = {std::string(kPath)};
  image.config.cmd = {"sh"};
  return image;
}

oci::ImageConfig PresetConfig() {
  oci::ImageConfig image = BaseConfig();
  image.author = "somebody";
  image.config.env.push_back("LEVEL=base");
  image.config.entrypoint = {"/entry"};
  image.config.user = "tester";
  image.config.working_dir = "/srv/app";
  image.config.volumes = {"/data"};
  image.config.exposed_ports = {"8080/tcp"};
  image.config.labels = {{"kit", "preset"}, {"level", "base"}};
  image.config.stop_signal = "SIGINT";
  image.config.shell = {"/bin/ash", "-c"};
  image.config.healthcheck = oci::Healthcheck{.test = {"CMD-SHELL", "true"}};
  return image;
}

oci::ImageConfig OnBuildConfig() {
  oci::ImageConfig image = BaseConfig();
  image.config.on_build = {"ENV TRIGGERED=yes", "COPY trigger.txt ./", "RUN echo trigger"};
  return image;
}

}  // namespace

const oci::ImageConfig& TestImageConfig(const oci::Reference& reference, const oci::Platform&) {
  static const std::map<std::string, oci::ImageConfig> images = {
      {"base:1", BaseConfig()},       {"preset:1", PresetConfig()}, {"bare:1", oci::ImageConfig{}},
      {"onbuild:1", OnBuildConfig()}, {"multi:1", BaseConfig()},
  };
  const auto found = images.find(reference.Familiar());
  if (found == images.end()) {
    throw Error(ErrorKind::kNotFound, reference.Familiar() + ": not found");
  }
  return found->second;
}

PlanInput DefaultPlanInput() {
  PlanInput input;
  input.platforms = {oci::Platform::Parse("linux/amd64")};
  input.build_platform = oci::Platform::Parse("linux/amd64");
  input.image_config = TestImageConfig;
  return input;
}

BuildPlan PlanText(std::string_view dockerfile, const PlanInput& input) {
  const SourceText source("Dockerfile", std::string(dockerfile));
  const parser::ParseResult parsed = parser::ParseDockerfile(source);
  parser::ThrowIfErrors(parsed, source);
  return PlanBuild(parsed.dockerfile, source, input);
}

std::vector<std::string> HistoryOf(const BuildPlan& plan) {
  std::vector<std::string> lines;
  for (const PlannedHistory& history : plan.graph.images.front().history) {
    lines.push_back(history.entry.created_by);
  }
  return lines;
}

const oci::RuntimeConfig& ConfigOf(const BuildPlan& plan) {
  return plan.graph.images.front().config.config;
}

std::vector<std::string> TitlesOf(const BuildPlan& plan) {
  std::vector<std::string> titles;
  for (const Vertex& vertex : plan.graph.vertices) titles.push_back(vertex.title);
  return titles;
}

}  // namespace ibuild::builder
