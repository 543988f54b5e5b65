// --filter of `ps`. Values of one name are alternatives, different names must all hold.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "containers/state/container_store.h"

namespace ibuild::cli {

// "name" or "name=value".
bool HasLabel(const std::map<std::string, std::string>& labels, const std::string& wanted);

class ContainerFilter {
 public:
  // "status=exited". Throws kUsage for a name that is none.
  void Add(const std::string& text);

  // Whether it asks for containers that do not run.
  bool NamesState() const { return wanted_.count("status") != 0 || wanted_.count("exited") != 0; }
  // `all`: what before= and since= are about.
  bool Matches(const containers::Container& container,
               const std::vector<containers::Container>& all) const;

 private:
  std::map<std::string, std::vector<std::string>> wanted_;
};

}  // namespace ibuild::cli
