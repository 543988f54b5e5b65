#include "builder/copy/ownership.h"

#include <algorithm>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

using layers::LayeredTree;

constexpr std::size_t kDatabaseLimit = 10u << 20;
constexpr std::uint64_t kLastId = 0xffff'fffe;  // (uid_t)-1 means "no change" to chown(2)

std::uint32_t ToId(std::string_view digits) {
  const auto value = ParseUnsigned(digits);
  if (!value || *value > kLastId) {
    throw Error(ErrorKind::kInvalidInput, Quote(digits) + " is not a user or group id");
  }
  return static_cast<std::uint32_t>(*value);
}

bool IsNumber(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint32_t> FieldId(std::string_view field) {
  const auto value = ParseUnsigned(field);
  if (!value || *value > kLastId) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

std::string ReadDatabase(const LayeredTree& image, std::string_view path) {
  const auto node = image.Find(image.Resolve(CleanPath::Parse(path)));
  if (!node || node->meta.type != layers::FileType::kRegular) return {};
  if (node->meta.size > kDatabaseLimit) {
    throw Error(ErrorKind::kResourceExhausted, std::string(path) + " is larger than 10 MiB");
  }
  std::string text(node->meta.size, '\0');
  const UniqueFd file = image.OpenRegular(*node);
  text.resize(ReadUpTo(file.get(), std::as_writable_bytes(std::span(text))));
  return text;
}

// The first line of a passwd(5) or group(5) file with this name, cut at the colons.
std::optional<std::vector<std::string_view>> FindLine(std::string_view database,
                                                      std::string_view name, std::size_t fields) {
  for (const std::string_view line : Split(database, '\n')) {
    auto parts = Split(Trim(line), ':');
    if (parts.size() >= fields && parts[0] == name) return parts;
  }
  return std::nullopt;
}

class Lookup {
 public:
  explicit Lookup(const LayeredTree& image) : image_(image) {}

  OwnerLookup Run(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view user = text.substr(0, colon);
    LookUpUser(user);
    if (colon == std::string_view::npos) return std::move(result_);
    LookUpGroup(text.substr(colon + 1));
    return std::move(result_);
  }

 private:
  void LookUpUser(std::string_view user) {
    if (user.empty()) return;
    if (IsNumber(user)) {
      result_.owner = Owner{.uid = ToId(user), .gid = ToId(user)};
      return;
    }
    const std::string passwd = ReadDatabase(image_, "/etc/passwd");
    const auto line = FindLine(passwd, user, 4);
    const auto uid = line ? FieldId((*line)[2]) : std::nullopt;
    const auto gid = line ? FieldId((*line)[3]) : std::nullopt;
    if (uid && gid) {
      result_.owner = Owner{.uid = *uid, .gid = *gid};
    } else if (user != "root") {
      result_.unknown_names.emplace_back(user);
    }
  }

  void LookUpGroup(std::string_view group) {
    if (group.empty() || IsNumber(group)) {
      result_.owner.gid = group.empty() ? 0 : ToId(group);
      return;
    }
    const std::string groups = ReadDatabase(image_, "/etc/group");
    const auto line = FindLine(groups, group, 3);
    const auto gid = line ? FieldId((*line)[2]) : std::nullopt;
    // An unknown group leaves the user's primary one.
    if (gid) {
      result_.owner.gid = *gid;
    } else if (group != "root") {
      result_.unknown_names.emplace_back(group);
    }
  }

  const LayeredTree& image_;
  OwnerLookup result_;
};

}  // namespace

OwnerLookup LookUpOwner(std::string_view text, const LayeredTree& image) {
  return Lookup(image).Run(text);
}

}  // namespace ibuild::builder
