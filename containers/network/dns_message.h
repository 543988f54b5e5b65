// Questions to a name server and the answers to them (RFC 1035), as far as names of containers need
// them. Pure; what is asked comes from a container and may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::containers {

enum class DnsType : std::uint16_t { kAddress = 1, kPointer = 12, kAddress6 = 28, kAny = 255 };

struct DnsQuestion {
  std::string name;      // lower case, without the dot at its end; empty: the root
  std::uint16_t type{};  // DnsType, or one that is none of our business
  std::size_t end = 0;   // of the question in its message
};

// Nothing: the message is no query with one question of the Internet's class.
std::optional<DnsQuestion> ParseQuestion(std::string_view message);

// Of a PTR question: "4.3.2.1.in-addr.arpa" asks about 1.2.3.4 (host byte order).
std::optional<std::uint32_t> ParseReverseName(std::string_view name);

// The answers to `query`, which holds `question`. No address at all says that the name is there,
// but has none of the kind that was asked for.
std::string AnswerAddresses(std::string_view query, const DnsQuestion& question,
                            const std::vector<std::uint32_t>& addresses);
std::string AnswerName(std::string_view query, const DnsQuestion& question, std::string_view name);
// That nobody could be asked (SERVFAIL).
std::string AnswerFailure(std::string_view query, const DnsQuestion& question);

// Whether this is an answer to that query, by their numbers.
bool IsAnswerTo(std::string_view query, std::string_view message);

}  // namespace ibuild::containers
