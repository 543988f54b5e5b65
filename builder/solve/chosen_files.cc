#include "builder/solve/chosen_files.h"

#include <fmt/format.h>

#include <utility>

#include "support/error.h"
#include "support/sha256.h"
#include "support/text.h"

namespace ibuild::builder {

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
  const auto* input = std::get_if<VertexInput>(&from_);
  if (input == nullptr) return Digest();
  const std::string subject = Subject(input->vertex);
  if (auto known = context_.cache.FindDerived(subject)) return *std::move(known);
  std::string digest = Digest();
  context_.cache.PutDerived(subject, digest);
  return digest;
}

void ChosenFiles::AddIgnoreHint(Error& error) const {
  const auto* input = std::get_if<ContextInput>(&from_);
  if (input == nullptr || error.kind() != ErrorKind::kNotFound) return;
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
    AddIgnoreHint(error);
    throw;
  }
  return files_.emplace(std::move(files));
}

}  // namespace ibuild::builder
