#include "builder/explain/build_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "oci/digest.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

using std::filesystem::path;

constexpr std::size_t kLongestLog = 512u << 10;
constexpr std::size_t kMostEntries = 1000;
constexpr mode_t kFileMode = 0600;

std::uint64_t ReadCount(const JsonReader& json, std::string_view key) {
  const auto value = json.Find(key);
  return value ? static_cast<std::uint64_t>(std::max<std::int64_t>(0, value->AsInt())) : 0;
}

std::string ToLine(const BuildEntry& entry) {
  return DumpJson(Json{{"id", entry.id},
                       {"started", FormatRfc3339(entry.started)},
                       {"milliseconds", entry.milliseconds},
                       {"context", entry.context},
                       {"dockerfile", entry.dockerfile},
                       {"target", entry.target},
                       {"facts", entry.facts},
                       {"outcome", entry.outcome},
                       {"steps", entry.steps},
                       {"cached", entry.cached}}) +
         "\n";
}

std::optional<BuildEntry> ParseLine(std::string_view line) {
  try {
    const Json parsed = ParseJson(line, "log of builds");
    const JsonReader json(parsed, "log of builds");
    const auto started = ParseRfc3339(json.String("started"));
    if (!started) return std::nullopt;
    return BuildEntry{.id = json.String("id"),
                      .started = *started,
                      .milliseconds = ReadCount(json, "milliseconds"),
                      .context = json.String("context"),
                      .dockerfile = json.String("dockerfile"),
                      .target = json.String("target"),
                      .facts = json.String("facts"),
                      .outcome = json.String("outcome"),
                      .steps = ReadCount(json, "steps"),
                      .cached = ReadCount(json, "cached")};
  } catch (const Error&) {
    return std::nullopt;  // cut short, or of another version
  }
}

std::vector<BuildEntry> ParseLines(std::string_view text) {
  std::vector<BuildEntry> entries;
  for (const std::string_view line : Split(text, '\n')) {
    if (line.empty()) continue;
    if (auto entry = ParseLine(line)) entries.push_back(*std::move(entry));
  }
  return entries;
}

// "3f2a….facts", "<id>.json", "<id>.4.out": what comes before the first dot.
std::string OwnerOf(const path& file) {
  const std::string name = file.filename().native();
  return name.substr(0, name.find('.'));
}

}  // namespace

std::string BuildLog::NewId(UnixTime started) {
  return fmt::format("{:x}{}", started.seconds, RandomHex(2));
}

path BuildLog::OutputFile(const std::string& id, std::size_t step) const {
  return directory_ / fmt::format("{}.{}.out", id, step);
}

std::string BuildLog::Keep(const BuildFacts& facts) {
  std::string name = FactsName(facts);
  const path file = directory_ / (name + ".facts");
  if (::access(file.c_str(), F_OK) == 0) return name;
  MakeDirectories(directory_, 0700);
  WriteFileAtomically(file, Serialize(facts), kFileMode);
  return name;
}

void BuildLog::Add(const BuildEntry& entry, const std::vector<RunEntry>& ran) {
  if (!ran.empty()) {
    Json runs = Json::array();
    for (const RunEntry& run : ran) {
      runs.push_back({{"step", run.step},
                      {"title", run.title},
                      {"outcome", run.outcome},
                      {"why", run.why},
                      {"milliseconds", run.milliseconds}});
    }
    WriteFileAtomically(directory_ / (entry.id + ".json"), DumpJson(Json{{"ran", runs}}),
                        kFileMode);
  }
  // One write of one line: builds at the same time do not mix.
  const UniqueFd file = OpenFile(log(), O_WRONLY | O_CREAT | O_APPEND, kFileMode);
  WriteAll(file.get(), ToLine(entry));
  struct stat info;
  if (::fstat(file.get(), &info) == 0 && static_cast<std::uint64_t>(info.st_size) > kLongestLog) {
    Shorten();
  }
}

// The newer half stays, with what belongs to it.
void BuildLog::Shorten() {
  std::vector<BuildEntry> entries = List();
  entries.resize(std::min(entries.size(), kMostEntries / 2));
  std::reverse(entries.begin(), entries.end());
  std::string text;
  std::set<std::string> owners = {"log"};
  for (const BuildEntry& entry : entries) {
    text += ToLine(entry);
    owners.insert({entry.id, entry.facts});
  }
  WriteFileAtomically(log(), text, kFileMode);
  std::error_code absent;
  for (const auto& file : std::filesystem::directory_iterator(directory_, absent)) {
    if (!owners.contains(OwnerOf(file.path()))) ::unlink(file.path().c_str());
  }
}

std::vector<BuildEntry> BuildLog::List() const {
  const auto text = ReadFileIfExists(log());
  if (!text) return {};
  std::vector<BuildEntry> entries = ParseLines(*text);
  std::reverse(entries.begin(), entries.end());
  return entries;
}

std::optional<BuildFacts> BuildLog::FactsOf(const BuildEntry& entry) const {
  if (!oci::Digest::TryParse("sha256:" + entry.facts)) return std::nullopt;
  const auto text = ReadFileIfExists(directory_ / (entry.facts + ".facts"));
  return text ? ParseBuildFacts(*text) : std::nullopt;
}

std::vector<RunEntry> BuildLog::RunsOf(const BuildEntry& entry) const {
  const auto text = ReadFileIfExists(directory_ / (entry.id + ".json"));
  if (!text) return {};
  const Json parsed = ParseJson(*text, "record of a build", {.bytes = 64u << 20, .depth = 8});
  std::vector<RunEntry> runs;
  JsonReader(parsed, "record of a build").At("ran").ForEachElement([&](const JsonReader& run) {
    runs.push_back({.step = ReadCount(run, "step"),
                    .title = run.String("title"),
                    .outcome = run.String("outcome"),
                    .why = run.StringsIf("why"),
                    .milliseconds = ReadCount(run, "milliseconds")});
  });
  return runs;
}

BuildEntry BuildLog::Find(std::string_view id) const {
  for (const BuildEntry& entry : List()) {
    if (entry.id.starts_with(id)) return entry;
  }
  throw Error(ErrorKind::kNotFound, id.empty() ? std::string("nothing was built here yet")
                                               : fmt::format("there was no build {}", Quote(id)))
      .WithHint("`ibuild builds` lists them");
}

}  // namespace ibuild::builder
