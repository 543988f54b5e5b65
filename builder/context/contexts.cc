#include "builder/context/contexts.h"

#include <utility>

#include "builder/context/directory_tree.h"
#include "builder/context/ignoring_tree.h"
#include "builder/plan/named_context.h"
#include "layers/store/record_directory.h"
#include "oci/digest.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIgnoreFile = ".dockerignore";

std::string IndexKey(const fs::path& directory) {
  return oci::Digest::OfText("ibuild stat index\n" + directory.native()).hex();
}

}  // namespace

std::optional<parser::IgnoreFile> IgnoreRulesOf(const ContextSource& source) {
  if (!source.apply_ignore_file) return std::nullopt;
  if (source.ignore_file_text) return parser::IgnoreFile::Parse(*source.ignore_file_text);
  if (source.directory.empty()) return std::nullopt;
  const fs::path file = source.directory / kIgnoreFile;
  std::error_code missing;
  if (!fs::is_regular_file(file, missing)) return std::nullopt;
  return parser::IgnoreFile::Parse(ReadFile(file));
}

struct Contexts::OpenContext {
  OpenContext(std::string key, std::string serialized)
      : index_key(std::move(key)), index(std::move(serialized)) {}

  const std::string index_key;
  StatIndex index;
  std::shared_ptr<const SourceTree> everything;
  std::shared_ptr<const SourceTree> tree;  // without what is ignored
};

Contexts::Contexts(const BuildRequest& request, layers::Store& store,
                   const std::optional<parser::IgnoreFile>& main_rules)
    : request_(request), store_(store), main_rules_(main_rules) {}

Contexts::~Contexts() = default;

const ContextSource& Contexts::SourceOf(const std::string& name) const {
  if (name.empty()) return request_.context;
  for (const auto& [given, source] : request_.named_contexts) {
    if (given == name || NormalizedContextName(given) == name) return source;
  }
  throw Error(ErrorKind::kNotFound, "there is no build context called " + Quote(name));
}

Contexts::OpenContext& Contexts::OpenLocked(const std::string& name) {
  auto& open = open_[name];
  if (open) return *open;
  const ContextSource& source = SourceOf(name);
  if (source.directory.empty()) {
    throw Error(ErrorKind::kNotFound, "this build has no context to copy files from")
        .WithHint("name a directory on the command line");
  }
  const fs::path directory = fs::canonical(source.directory);
  const std::string key = IndexKey(directory);
  auto context = std::make_unique<OpenContext>(key, store_.ReadRecord(key).value_or(""));
  context->everything =
      std::make_shared<const DirectoryTree>(directory, context->index, source.keep_owners);
  context->tree = context->everything;
  std::optional<parser::IgnoreFile> rules = name.empty() ? main_rules_ : IgnoreRulesOf(source);
  if (rules && !rules->rules().empty()) {
    context->tree = std::make_shared<const IgnoringTree>(context->everything, *std::move(rules));
  }
  open = std::move(context);
  return *open;
}

std::shared_ptr<const SourceTree> Contexts::Open(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  return OpenLocked(name).tree;
}

bool Contexts::IsIgnored(const std::string& name, const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const OpenContext& context = OpenLocked(name);
  const CleanPath clean = CleanPath::Parse(path);
  return ResolveSource(*context.everything, clean) && !ResolveSource(*context.tree, clean);
}

void Contexts::Save() {
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, open] : open_) {
    if (open && open->index.changed()) {
      store_.WriteRecord(open->index_key, open->index.Serialize(layers::kRecordLimit));
    }
  }
}

}  // namespace ibuild::builder
