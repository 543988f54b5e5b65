// Makes a context out of what the command line names: finds, fetches or unpacks it, and reads the
// Dockerfile that belongs to it.
//
// Directories are used in place. Archives and Git repositories are laid out in a temporary
// directory that lives as long as the PreparedContext. Errors use Docker's words.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "builder/build.h"
#include "builder/git/git_checkout.h"
#include "builder/location/context_location.h"
#include "support/byte_stream.h"
#include "support/files.h"
#include "support/source_text.h"

namespace ibuild::builder {

// What preparing a context may need from outside. All functions outlive the call.
struct ContextTools {
  std::filesystem::path temporary;  // where to lay things out; exists
  int standard_input = 0;
  SourceLimit limit;
  std::function<GitAccess(const std::string& remote)> git;
  bool keep_git_dir = false;  // of a main context from Git, whatever its address says
  bool commit_times = false;
  // Returns when the server says that the file was changed, in seconds.
  std::function<std::optional<std::int64_t>(const std::string& url, ByteSink& sink)> fetch;
  std::function<void()> become_root;  // before files of other owners are made
  // Makes an image of a layout known to the resolver of the build, under the name it returns.
  std::function<oci::Reference(const LayoutLocation& layout)> import_layout;
};

struct PreparedContext {
  ContextSource context;
  SourceText dockerfile;
  std::vector<TempDir> staging;
};

// `file` is the value of --file: "-" for standard input, an http or https URL, else a path
// (relative to the current directory for directory contexts, to the context for all others).
// Nothing: "Dockerfile", then "dockerfile".
PreparedContext PrepareMainContext(const std::string& location,
                                   const std::optional<std::string>& file,
                                   const ContextTools& tools);

// `staging` takes what must stay until the build is over.
ContextSource PrepareNamedContext(const std::string& location, const ContextTools& tools,
                                  std::vector<TempDir>& staging);

}  // namespace ibuild::builder
