// What planning alone decides, configuration and history, against every golden of
// testdata/conformance that Docker recorded from a successful build.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "builder/plan/planner.h"
#include "parser/syntax/parse.h"
#include "support/files.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCases = "testdata/conformance";
constexpr std::string_view kRegistry = "registry.test:5000";
constexpr std::string_view kPages = "http://pages.test";
constexpr std::string_view kDigest =
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

// The configurations that tests/conformance/mkbase.py gives its images.
Json BaseConfigs() {
  return Json::parse(R"json({
    "busybox": {"Env": ["$PATH"], "Cmd": ["sh"]},
    "bare": {},
    "preset": {
      "Env": ["$PATH", "LEVEL=base", "GREETING=hello world", "EMPTY="],
      "Entrypoint": ["/bin/sh", "-c", "echo entry $0"], "Cmd": ["base-arg"],
      "User": "tester", "WorkingDir": "/srv/app", "Volumes": {"/data": {}},
      "ExposedPorts": {"8080/tcp": {}, "53/udp": {}},
      "Labels": {"kit.base": "preset", "kit.level": "base"}, "StopSignal": "SIGINT",
      "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 5000000000,
                      "Timeout": 2000000000, "Retries": 2}},
    "shellpreset": {"Env": ["$PATH"], "Cmd": ["sh"], "Shell": ["/bin/sh", "-exc"]},
    "onbuild": {"Env": ["$PATH"], "Cmd": ["sh"], "OnBuild": [
      "ENV TRIGGERED=yes", "WORKDIR /onb", "COPY trigger.txt ./",
      "RUN echo \"ran as $(id -u) in $(pwd)\" > ran.txt"]}
  })json");
}

void ReplaceAll(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

std::string WithPlaceholders(std::string text) {
  ReplaceAll(text, "@REGISTRY@", kRegistry);
  ReplaceAll(text, "@HTTP@", kPages);
  for (std::size_t at = 0; (at = text.find("@DIGEST_", at)) != std::string::npos;) {
    text.replace(at, text.find('@', at + 1) + 1 - at, kDigest);
  }
  ReplaceAll(text, "@RUNID@", "run");
  return text;
}

// "name" of registry.test:5000/kit/name:1; images of other names have busybox's configuration.
oci::ImageConfig ConfigFor(const oci::Reference& reference, const oci::Platform& platform) {
  static const Json configs = BaseConfigs();
  const std::string& path = reference.repository().path;
  const std::string name = path.substr(path.find_last_of('/') + 1);
  Json image;
  image["architecture"] = platform.architecture;
  image["os"] = platform.os;
  image["config"] = configs.contains(name) ? configs[name] : configs["busybox"];
  std::string text = image.dump();
  ReplaceAll(text, "$PATH", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  return oci::ParseImageConfig(text, name);
}

void ApplyFlag(PlanInput& input, const std::string& flag, const std::string& value) {
  const std::size_t equals = std::min(value.find('='), value.size());
  const std::string name = value.substr(0, equals);
  const std::string rest = equals < value.size() ? value.substr(equals + 1) : std::string();
  constexpr std::string_view kImage = "docker-image://";
  if (flag == "--build-arg" && equals < value.size()) input.build_args[name] = rest;
  if (flag == "--label") input.labels[name] = rest;
  if (flag == "--target") input.target = value;
  if (flag == "--platform") input.platforms = {oci::Platform::Parse(value)};
  if (flag != "--build-context") return;
  input.named_contexts[name] = DirectoryContext{};
  if (rest.starts_with(kImage)) {
    input.named_contexts[name] = ImageContext{oci::Reference::Parse(rest.substr(kImage.size()))};
  }
}

class Case {
 public:
  explicit Case(fs::path directory) : directory_(std::move(directory)) {
    golden_ = ReadJson("golden.json");
    if (fs::exists(directory_ / "case.json")) case_ = ReadJson("case.json");
  }

  std::string name() const { return directory_.filename(); }
  const Json& golden() const { return golden_; }
  bool Succeeds() const {
    return golden_.at("outcome") == "success" && fs::exists(directory_ / "Dockerfile");
  }

  oci::ImageConfig Plan() const {
    const SourceText source("Dockerfile", WithPlaceholders(ReadFile(directory_ / "Dockerfile")));
    const parser::ParseResult parsed = parser::ParseDockerfile(source);
    parser::ThrowIfErrors(parsed, source);
    const BuildPlan plan = PlanBuild(parsed.dockerfile, source, Input());
    oci::ImageConfig image = plan.graph.images.front().config;
    for (const PlannedHistory& history : plan.graph.images.front().history) {
      image.history.push_back(history.entry);
    }
    return image;
  }

 private:
  Json ReadJson(const char* file) const {
    std::string text = ReadFile(directory_ / file);
    // Names of files that are no UTF-8 stand there as lone surrogates; not ours to look at.
    ReplaceAll(text, "\\ud", "\\\\ud");
    return ParseJson(text, (directory_ / file).string());
  }

  PlanInput Input() const {
    PlanInput input;
    input.platforms = {oci::Platform::Parse("linux/amd64")};
    input.build_platform = input.platforms.front();
    const Json flags = case_.value("flags", Json::array());
    for (std::size_t i = 0; i + 1 < flags.size(); i += 2) {
      ApplyFlag(input, flags[i], WithPlaceholders(flags[i + 1]));
    }
    auto images = std::make_shared<std::map<std::string, oci::ImageConfig>>();
    input.image_config = [images](const oci::Reference& reference,
                                  const oci::Platform& platform) -> const oci::ImageConfig& {
      const std::string key = reference.ToString() + " " + platform.ToString();
      return images->try_emplace(key, ConfigFor(reference, platform)).first->second;
    };
    return input;
  }

  fs::path directory_;
  Json golden_;
  Json case_ = Json::object();
};

std::vector<Case> SuccessfulCases() {
  std::vector<fs::path> directories;
  for (const auto& entry : fs::directory_iterator(kCases)) directories.push_back(entry.path());
  std::ranges::sort(directories);
  std::vector<Case> cases;
  for (fs::path& directory : directories) {
    if (!fs::exists(directory / "golden.json")) continue;
    Case found(std::move(directory));
    if (found.Succeeds()) cases.push_back(std::move(found));
  }
  return cases;
}

Json KeysOf(const Json& object) {
  Json keys = Json::array();
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

Json SortedValues(Json values) {
  std::sort(values.begin(), values.end());
  return values;
}

// A configuration as the goldens have it: empty members dropped, sets as lists of keys.
Json Normalized(const oci::ImageConfig& image) {
  const Json document = Json::parse(oci::Serialize(image));
  Json normal = document.value("config", Json::object());
  for (const char* set : {"ExposedPorts", "Volumes"}) {
    if (normal.contains(set)) normal[set] = KeysOf(normal[set]);
  }
  if (normal.value("WorkingDir", "").empty()) normal["WorkingDir"] = "/";
  for (const char* member : {"architecture", "variant", "os", "author"}) {
    if (document.contains(member)) normal[member] = document[member];
  }
  return normal;
}

// The order of variables is a matter of taste there, and HEALTHCHECK is printed as Go pointers.
std::vector<std::string> HistoryLines(const Json& history) {
  std::vector<std::string> lines;
  for (const Json& entry : history) {
    std::string text = WithPlaceholders(entry.at("created_by"));
    if (text.starts_with("HEALTHCHECK")) text = "HEALTHCHECK";
    lines.push_back(text + (entry.value("empty_layer", false) ? " (empty)" : ""));
  }
  return lines;
}

TEST(ConformancePlan, ThereAreCases) { EXPECT_GT(SuccessfulCases().size(), 200U); }

TEST(ConformancePlan, ConfigurationIsDockers) {
  for (const Case& it : SuccessfulCases()) {
    Json wanted = it.golden().at("config");
    Json found = Normalized(it.Plan());
    for (Json* config : {&wanted, &found}) {
      if (config->contains("Env")) (*config)["Env"] = SortedValues((*config)["Env"]);
    }
    EXPECT_EQ(found.dump(1), wanted.dump(1)) << it.name();
  }
}

TEST(ConformancePlan, HistoryIsDockers) {
  for (const Case& it : SuccessfulCases()) {
    const Json document = Json::parse(oci::Serialize(it.Plan()));
    EXPECT_EQ(HistoryLines(document.value("history", Json::array())),
              HistoryLines(it.golden().at("history")))
        << it.name();
  }
}

}  // namespace
}  // namespace ibuild::builder
