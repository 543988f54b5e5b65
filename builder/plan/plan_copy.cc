// COPY and ADD (Dockerfile reference, "COPY", "ADD", "Here-Documents").
#include <fmt/format.h>

#include "builder/copy/chmod.h"
#include "builder/git/git_url.h"
#include "builder/plan/remote_source.h"
#include "builder/plan/stage_planner.h"
#include "support/clean_path.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

std::optional<std::string> ExpandOption(const StageScope& scope,
                                        const std::optional<parser::Word>& word) {
  if (!word) return std::nullopt;
  std::string value = scope.Expand(*word);
  if (value.empty()) return std::nullopt;
  return value;
}

// Absolute and lexically normal, with a slash at the end where `written` means a directory.
std::string Destination(const std::string& written, const std::string& working_directory) {
  const bool absolute = written.starts_with('/');
  std::string path =
      CleanPath::Parse(absolute ? written : working_directory + "/" + written).Absolute();
  const bool is_directory =
      written.empty() || written == "." || written.ends_with('/') || written.ends_with("/.");
  if (is_directory && path != "/") path += "/";
  return path;
}

std::string FileNameOf(const parser::Heredoc& heredoc) {
  const std::string& name = heredoc.marker.name;
  if (!name.starts_with('/') && name.find('/') != std::string::npos) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("here-document {} can not be a file in a directory", Quote(name)))
        .WithHint("name the document by its file only, and the directory in the destination");
  }
  return name.substr(name.find_last_of('/') + 1);
}

void RefuseRemote(const std::string& source) {
  if (ParseGitUrl(source, GitUrlUse::kAdd)) {
    throw Error(ErrorKind::kInvalidInput, "source can't be a git ref for COPY")
        .WithHint("use ADD, which reads Git repositories");
  }
  if (IsUrl(source)) {
    throw Error(ErrorKind::kInvalidInput, "source can't be a URL for COPY")
        .WithHint("use ADD, which reads URLs");
  }
}

void CheckChecksumFlag(const std::vector<std::string>& sources) {
  if (sources.size() != 1) {
    throw Error(ErrorKind::kInvalidInput, "checksum can't be specified for multiple sources");
  }
  const std::string& source = sources.front();
  if (!IsUrl(source) && !ParseGitUrl(source, GitUrlUse::kAdd)) {
    throw Error(ErrorKind::kInvalidInput, "checksum requires HTTP(S) or Git sources");
  }
}

// Words as they are after expansion; what does not show in the result's metadata is left out.
std::string HistoryOf(const CopyOp& op, const std::vector<std::string>& sources,
                      const parser::CopyFiles& files, const std::string& destination) {
  std::string text = op.is_add ? "ADD" : "COPY";
  if (op.parents) text += " --parents";
  if (op.chown) text += " --chown=" + *op.chown;
  if (op.chmod) text += " --chmod=" + *op.chmod;
  for (const std::string& source : sources) text += " " + source;
  for (const parser::Heredoc& heredoc : files.heredocs) text += " <<" + heredoc.marker.name;
  return text + " " + destination + " # buildkit";
}

}  // namespace

CopyOp StagePlanner::StartCopy(const parser::CopyFiles& files) const {
  const StageScope& scope = stage_.image.scope;
  CopyOp op;
  op.chown = ExpandOption(scope, files.chown);
  op.chmod = ExpandOption(scope, files.chmod);
  if (op.chmod) static_cast<void>(ModeChange::Parse(*op.chmod));
  op.link = files.link;
  op.parents = files.parents;
  for (const parser::Word& pattern : files.excludes) op.exclude.push_back(pattern.text);
  for (const parser::Word& source : files.sources) op.written_sources.push_back(source.text);
  return op;
}

void StagePlanner::AddHeredocs(CopyOp& op, const parser::CopyFiles& files) const {
  const StageScope& scope = stage_.image.scope;
  for (const parser::Heredoc& heredoc : files.heredocs) {
    std::string content = heredoc.Content();
    if (heredoc.marker.expand) content = scope.ExpandHeredoc(content);
    op.sources.push_back(InlineSource{FileNameOf(heredoc), std::move(content)});
    op.written_sources.push_back("<<" + heredoc.marker.name);
  }
}

std::vector<std::string> StagePlanner::ExpandAll(const std::vector<parser::Word>& words) const {
  std::vector<std::string> texts;
  for (const parser::Word& word : words) texts.push_back(stage_.image.scope.Expand(word));
  return texts;
}

void StagePlanner::FinishCopy(CopyOp op, const parser::CopyFiles& files,
                              const std::vector<std::string>& sources) {
  AddHeredocs(op, files);
  const std::string destination = stage_.image.scope.Expand(files.destination);
  op.destination = Destination(destination, WorkingDirectoryOf(stage_.image));
  std::string created_by = HistoryOf(op, sources, files, destination);
  AddStep(std::move(op), std::move(created_by));
}

FileInput StagePlanner::CopyInput(const parser::Copy& copy) const {
  if (!copy.from || copy.from->text.empty()) return ContextInput{};
  const std::string& from = copy.from->text;
  return around_.files_of(around_.stages.FindForCopy(from, around_.stage));
}

void StagePlanner::Plan(const parser::Copy& copy) {
  CopyOp op = StartCopy(copy.files);
  const FileInput from = CopyInput(copy);
  const std::vector<std::string> sources = ExpandAll(copy.files.sources);
  for (const std::string& source : sources) {
    RefuseRemote(source);
    op.sources.push_back(FileSource{from, source});
  }
  FinishCopy(std::move(op), copy.files, sources);
}

void StagePlanner::Plan(const parser::Add& add) {
  CopyOp op = StartCopy(add.files);
  op.is_add = true;
  op.unpack = add.unpack;
  const std::vector<std::string> sources = ExpandAll(add.files.sources);
  const std::optional<std::string> checksum = ExpandOption(stage_.image.scope, add.checksum);
  if (checksum) CheckChecksumFlag(sources);
  for (const std::string& source : sources) {
    if (auto git = ReadGitSource(source, checksum, add.keep_git_dir)) {
      op.sources.push_back(*std::move(git));
    } else if (IsUrl(source)) {
      op.sources.push_back(ReadUrlSource(source, checksum));
    } else {
      op.sources.push_back(FileSource{ContextInput{}, source});
    }
  }
  FinishCopy(std::move(op), add.files, sources);
}

}  // namespace ibuild::builder
