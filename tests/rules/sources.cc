#include "tests/rules/sources.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "support/files.h"
#include "support/text.h"

namespace ibuild::rules {
namespace {

namespace fs = std::filesystem;

constexpr std::array kRooms = {"support", "oci",     "parser",     "layers", "registry",
                               "sandbox", "builder", "containers", "cli"};

SourceFile Read(const fs::path& path) {
  SourceFile file{path.lexically_normal().generic_string(), {}};
  const std::string text = ReadFile(path);
  for (const std::string_view line : Split(text, '\n')) file.lines.emplace_back(line);
  if (!file.lines.empty() && file.lines.back().empty()) file.lines.pop_back();
  return file;
}

std::vector<SourceFile> ReadAllSources() {
  std::vector<SourceFile> files;
  for (const char* room : kRooms) {
    for (const auto& entry : fs::recursive_directory_iterator(room)) {
      const std::string extension = entry.path().extension();
      if (extension == ".h" || extension == ".cc") files.push_back(Read(entry.path()));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace

const std::vector<SourceFile>& RoomSources() {
  static const std::vector<SourceFile> files = ReadAllSources();
  return files;
}

std::vector<Include> IncludesOf(const SourceFile& file) {
  constexpr std::string_view kDirective = "#include ";
  std::vector<Include> includes;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    std::string_view line = file.lines[i];
    if (!line.starts_with(kDirective) || line.size() < kDirective.size() + 2) continue;
    line.remove_prefix(kDirective.size());
    const bool angle = line.front() == '<';
    const std::size_t end = line.find(angle ? '>' : '"', 1);
    includes.push_back({std::string(line.substr(1, end - 1)), angle, i + 1});
  }
  return includes;
}

}  // namespace ibuild::rules
