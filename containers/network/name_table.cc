#include "containers/network/name_table.h"

#include <algorithm>

#include "containers/network/subnet.h"
#include "support/text.h"
#include "support/words.h"

namespace ibuild::containers {
namespace {

std::vector<std::string> LowerWords(std::string_view line) {
  std::vector<std::string> words;
  for (const std::string_view word : Words(line)) words.push_back(ToLower(word));
  return words;
}

}  // namespace

NameTable::NameTable(std::string_view hosts) {
  std::string network;
  for (std::string_view text : Split(hosts, '\n')) {
    if (text.starts_with(kNetworkMark)) {
      network = ToLower(text.substr(kNetworkMark.size()));
      continue;
    }
    std::vector<std::string> words = LowerWords(text.substr(0, text.find('#')));
    if (words.size() < 2) continue;
    const auto address = ParseAddress(words.front());
    if (!address) continue;
    words.erase(words.begin());
    lines_.push_back({*address, network, std::move(words)});
  }
}

std::vector<std::uint32_t> NameTable::AddressesOf(std::string_view name) const {
  std::vector<std::uint32_t> addresses;
  for (const Line& line : lines_) {
    const bool found = std::any_of(line.names.begin(), line.names.end(), [&](const auto& own) {
      if (own == name) return true;
      return !line.network.empty() && name.size() == own.size() + 1 + line.network.size() &&
             name.starts_with(own) && name[own.size()] == '.' && name.ends_with(line.network);
    });
    if (!found) continue;
    if (std::find(addresses.begin(), addresses.end(), line.address) == addresses.end()) {
      addresses.push_back(line.address);
    }
  }
  return addresses;
}

std::string NameTable::NameOf(std::uint32_t address) const {
  for (const Line& line : lines_) {
    if (line.address != address || line.network.empty()) continue;
    return line.names.front() + "." + line.network;
  }
  return {};
}

}  // namespace ibuild::containers
