#include "cli/remote/sync_plan.h"

#include "cli/remote/tag_order.h"
#include "cli/remote/yaml.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

TagChoice ChoiceOf(const oci::RegistryHost& host, const std::string& path, const YamlNode& at) {
  const oci::Repository repository = oci::Reference::Parse(host.name() + "/" + path).repository();
  if (repository.host != host) at.Fail(Quote(path) + " is no repository");
  return {repository};
}

void ReadImages(const YamlNode& images, SyncSource& source) {
  for (const auto& [path, tags] : images.AsMapping()) {
    TagChoice choice = ChoiceOf(source.host, path, tags);
    for (const YamlNode& tag : tags.AsSequence()) {
      const std::string& text = tag.AsString();
      if (!oci::IsValidTag(text) && !oci::Digest::TryParse(text)) {
        tag.Fail(Quote(text) + " is neither a tag nor a digest");
      }
      choice.exact.push_back(text);
    }
    choice.all = choice.exact.empty();
    source.repositories.push_back(std::move(choice));
  }
}

SyncSource ReadSource(const std::string& host, const YamlNode& node) {
  SyncSource source{oci::RegistryHost::Parse(host)};
  for (const auto& [key, value] : node.AsMapping()) {
    if (key == "images") {
      ReadImages(value, source);
    } else if (key == "images-by-tag-regex" || key == "images-by-semver") {
      for (const auto& [path, pattern] : value.AsMapping()) {
        TagChoice choice = ChoiceOf(source.host, path, pattern);
        auto& part = key == "images-by-semver" ? choice.versions : choice.regex;
        part = pattern.AsString();
        // Whether it makes sense is known before anything is copied.
        choice.IsWanted("1.0.0");
        source.repositories.push_back(std::move(choice));
      }
    } else if (key == "tls-verify") {
      source.verify_tls = value.AsBool();
    } else if (key == "cert-dir") {
      source.certificates = value.AsString();
    } else if (key == "credentials") {
      const YamlNode* name = value.Find("username");
      const YamlNode* password = value.Find("password");
      if (name == nullptr || password == nullptr) value.Fail("needs `username` and `password`");
      source.credential =
          registry::Credential{name->AsString(), Secret(password->AsString()), {}, {}, "the file"};
    } else {
      value.Fail(Quote(key) + " is not known");
    }
  }
  return source;
}

}  // namespace

bool TagChoice::IsWanted(const std::string& tag) const {
  if (all) return true;
  if (regex && MatchesRegex(tag, *regex)) return true;
  return versions && IsInVersionRange(tag, *versions);
}

std::vector<SyncSource> ReadSyncFile(std::string_view text, const std::string& file) {
  std::vector<SyncSource> sources;
  const YamlNode document = YamlNode::Parse(text, file);
  for (const auto& [host, node] : document.AsMapping()) {
    sources.push_back(ReadSource(host, node));
  }
  return sources;
}

}  // namespace ibuild::cli
