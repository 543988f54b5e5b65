// Contexts: the directories that a build may copy from, by name ("" is the main one), each seen
// through its .dockerignore.
//
// A context is opened when a step first asks for it. Save() keeps what was learnt about unchanged
// files for the next build. Any thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "builder/build.h"
#include "builder/context/stat_index.h"
#include "builder/copy/source_tree.h"
#include "layers/store/store.h"
#include "parser/pattern/ignore_file.h"

namespace ibuild::builder {

// The rules of a context; nothing when it has none. A directory of that name is no ignore file.
std::optional<parser::IgnoreFile> IgnoreRulesOf(const ContextSource& source);

class Contexts {
 public:
  // All must outlive it. `main_rules`: what IgnoreRulesOf says of the main context.
  Contexts(const BuildRequest& request, layers::Store& store,
           const std::optional<parser::IgnoreFile>& main_rules);
  ~Contexts();
  Contexts(const Contexts&) = delete;
  Contexts& operator=(const Contexts&) = delete;

  // Throws kNotFound for a context that the build does not have.
  std::shared_ptr<const SourceTree> Open(const std::string& name);
  // Whether there is such a file in the context's directory that its ignore file hides.
  bool IsIgnored(const std::string& name, const std::string& path);
  void Save();

 private:
  struct OpenContext;
  const ContextSource& SourceOf(const std::string& name) const;
  OpenContext& OpenLocked(const std::string& name);

  const BuildRequest& request_;
  layers::Store& store_;
  const std::optional<parser::IgnoreFile>& main_rules_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<OpenContext>> open_;
};

}  // namespace ibuild::builder
