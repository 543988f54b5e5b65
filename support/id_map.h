// User and group id maps between a user namespace and the host (user_namespaces(7)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ibuild {

struct IdRange {
  std::uint32_t inside = 0;   // first id in the namespace
  std::uint32_t outside = 0;  // first id outside
  std::uint32_t count = 0;

  friend bool operator==(const IdRange&, const IdRange&) = default;
};

class IdMap {
 public:
  IdMap() = default;
  explicit IdMap(std::vector<IdRange> ranges) : ranges_(std::move(ranges)) {}

  std::optional<std::uint32_t> ToOutside(std::uint32_t inside) const;
  std::optional<std::uint32_t> ToInside(std::uint32_t outside) const;
  std::uint64_t Count() const;
  const std::vector<IdRange>& ranges() const { return ranges_; }
  std::string ToProcFormat() const;  // "0 1000 1\n1 100000 65536\n"

 private:
  std::vector<IdRange> ranges_;
};

// A map of this process, "/proc/self/uid_map" or "gid_map". Without user namespaces in the kernel
// every id is itself.
IdMap ReadIdMap(const char* file);

// Whether ids are not those of the machine. Only its first namespace maps each id to itself in one
// range.
bool InUserNamespace();

}  // namespace ibuild
