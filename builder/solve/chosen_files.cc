#include "builder/solve/chosen_files.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "builder/explain/journal.h"
#include "builder/explain/listing.h"
#include "layers/store/record_directory.h"
#include "support/error.h"
#include "support/sha256.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

ListedFile ListFile(const SourceTree& tree, const SourceEntry& entry) {
  static constexpr std::array kTypes = {"f", "d", "l", "c", "b", "p", "s"};
  const layers::FileMeta& meta = entry.meta;
  ListedFile file{.path = entry.path.text(),
                  .type = kTypes.at(static_cast<std::size_t>(meta.type)),
                  .mode = fmt::format("{:o}", meta.mode),
                  .owner = fmt::format("{}:{}", meta.uid, meta.gid),
                  .content = {}};
  if (meta.type == layers::FileType::kRegular) file.content = ToHex(tree.HashData(entry));
  if (meta.type == layers::FileType::kSymlink) file.content = meta.link_target;
  return file;
}

}  // namespace

std::string ChosenFiles::Subject(VertexId vertex) const {
  std::string subject = fmt::format("files {} {}\n", Quote(pattern_.text), pattern_.parents);
  for (const std::string& pattern : pattern_.exclude) subject += Quote(pattern) + "\n";
  for (const oci::DiffId& layer : context_.files.LayersOf(vertex)) {
    subject += layer.ToString() + "\n";
  }
  return subject;
}

std::string ChosenFiles::Digest() {
  const TreeSelection& files = Files();
  return ToHex(DigestSelection(*files.tree, files.sources));
}

std::string ChosenFiles::ContentKey() {
  if (key_.empty()) key_ = FindKey();
  return key_;
}

std::string ChosenFiles::FindKey() {
  const auto* input = std::get_if<VertexInput>(&from_);
  if (input == nullptr) return Digest();
  const std::string subject = Subject(input->vertex);
  if (auto known = context_.cache.FindSelection(subject)) return *std::move(known);
  std::string digest = Digest();
  context_.cache.PutSelection(subject, digest);
  return digest;
}

void ChosenFiles::KeepListing() {
  if (!files_) return;
  std::string listing;
  for (const SelectedSource& source : files_->sources) {
    for (const SelectedFile& file : source.files) {
      const layers::FileMeta& meta = file.entry.meta;
      // A copied directory itself counts for nothing, and one that is only on the way neither.
      if (source.RelativePath(file).empty() && meta.type == layers::FileType::kDirectory) continue;
      AppendTo(listing, ListFile(*files_->tree, file.entry));
      if (listing.size() > layers::kRecordLimit) return;  // could not be read again
    }
  }
  context_.ports.store.WriteRecord(Journal::ListingKey(ContentKey()), listing);
}

void ChosenFiles::AddContextHint(Error& error) const {
  const auto* input = std::get_if<ContextInput>(&from_);
  if (input == nullptr || error.kind() != ErrorKind::kNotFound) return;
  if (LeadsOut(pattern_.text)) {
    error.AddHint(
        "`..` does not lead out of the context: build the directory above with `-f`, or name "
        "another one with `--build-context NAME=DIR`");
  }
  if (context_.contexts.IsIgnored(input->name, pattern_.text)) {
    error.AddHint("the file exists, but .dockerignore excludes it");
  }
}

const TreeSelection& ChosenFiles::Files() {
  if (files_) return *files_;
  TreeSelection files;
  if (const auto* input = std::get_if<VertexInput>(&from_)) {
    files.tree = std::make_shared<const LayeredSource>(context_.files.TreeOf(input->vertex));
  } else {
    files.tree = context_.contexts.Open(std::get<ContextInput>(from_).name);
  }
  try {
    files.sources = SelectFiles(*files.tree, pattern_);
  } catch (Error& error) {
    AddContextHint(error);
    throw;
  }
  return files_.emplace(std::move(files));
}

}  // namespace ibuild::builder
