#include "builder/cache/cache_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "builder/graph/op_parts.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

// Goes into every key: raise it when the meaning of a part changes.
constexpr std::string_view kScheme = "ibuild step 2\n";

// One digest over the chain of DiffIds. Its ChainId would name it as well, but takes a digest a
// layer, for every step again.
void AddState(std::vector<KeyPart>& parts, const std::vector<oci::DiffId>& state) {
  if (state.empty()) return;
  std::string chain;
  for (const oci::DiffId& layer : state) chain += layer.digest.hex() + "\n";
  parts.push_back({"state", oci::Digest::OfText(chain).ToString()});
}

void AddContents(std::vector<KeyPart>& parts, const Op& op, const KeyInputs& inputs) {
  for (std::size_t i = 0; i < inputs.contents.size(); ++i) {
    if (!inputs.contents[i].empty()) parts.push_back({ContentPartName(op, i), inputs.contents[i]});
  }
}

void AddRunSettings(std::vector<KeyPart>& parts, const KeyInputs& inputs) {
  if (inputs.shm_size) parts.push_back({"shm size", std::to_string(*inputs.shm_size)});
  for (const std::string& limit : inputs.ulimits) parts.push_back({"ulimit", limit});
  for (const std::string& host : inputs.extra_host_names) parts.push_back({"extra host", host});
}

// Lengths make it impossible that two lists of parts have one text.
oci::Digest DigestOf(const std::vector<KeyPart>& parts) {
  std::string text(kScheme);
  for (const KeyPart& part : parts) {
    fmt::format_to(std::back_inserter(text), "{}:{} {}:{}\n", part.name.size(), part.name,
                   part.value.size(), part.value);
  }
  return oci::Digest::OfText(text);
}

// Names may repeat ("ulimit"): the values of one name, one a line.
std::map<std::string, std::string> ByName(const std::vector<KeyPart>& parts) {
  std::map<std::string, std::string> values;
  for (const KeyPart& part : parts) {
    const auto [entry, is_new] = values.emplace(part.name, part.value);
    if (!is_new) entry->second += "\n" + part.value;
  }
  return values;
}

std::string NamesInOrder(const std::vector<KeyPart>& parts) {
  std::vector<std::string> names;
  for (const KeyPart& part : parts) names.push_back(part.name);
  return Join(names, ", ");
}

std::optional<std::string> ValueIn(const std::map<std::string, std::string>& values,
                                   const std::string& name) {
  const auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

}  // namespace

std::string ContentPartName(const Op& op, std::size_t index) {
  if (const auto* run = std::get_if<RunOp>(&op)) {
    return fmt::format("mount {} content", run->mounts.at(index).target);
  }
  return fmt::format("source {} content", index + 1);
}

CacheKey ComputeKey(const Op& op, const KeyInputs& inputs) {
  if (std::holds_alternative<ScratchOp>(op) || std::holds_alternative<ImageOp>(op)) {
    throw Error(ErrorKind::kInternal, "an image is no step and has no cache key");
  }
  std::vector<KeyPart> parts = {{"step", std::string(KindOf(op))}};
  for (OpPart& part : PartsOf(op)) {
    if (part.role == PartRole::kMeaning) {
      parts.push_back({std::move(part.name), std::move(part.value)});
    }
  }
  AddState(parts, inputs.state);
  AddContents(parts, op, inputs);
  if (!inputs.linked_into.empty()) {
    parts.push_back({"destination directories", inputs.linked_into});
  }
  if (inputs.pack.latest_mtime) {
    parts.push_back({"latest mtime", std::to_string(*inputs.pack.latest_mtime)});
  }
  if (inputs.build_time) parts.push_back({"build time", std::to_string(*inputs.build_time)});
  if (std::holds_alternative<RunOp>(op)) AddRunSettings(parts, inputs);
  const oci::Digest digest = DigestOf(parts);
  return {digest, std::move(parts)};
}

std::vector<KeyDifference> ExplainMiss(const std::vector<KeyPart>& before,
                                       const std::vector<KeyPart>& after) {
  const auto old_values = ByName(before);
  const auto new_values = ByName(after);
  std::vector<KeyDifference> differences;
  for (const auto& [name, value] : new_values) {
    const auto old = ValueIn(old_values, name);
    if (old != value) differences.push_back({name, old, value});
  }
  for (const auto& [name, value] : old_values) {
    if (!new_values.contains(name)) differences.push_back({name, value, std::nullopt});
  }
  if (differences.empty() && before != after) {
    differences.push_back({"order", NamesInOrder(before), NamesInOrder(after)});
  }
  return differences;
}

}  // namespace ibuild::builder
