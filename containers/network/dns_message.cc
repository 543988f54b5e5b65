#include "containers/network/dns_message.h"

#include <algorithm>

#include "containers/network/subnet.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestLabel = 63;
constexpr std::uint16_t kInternet = 1;
constexpr std::uint16_t kIsAnswer = 0x8000;
constexpr std::uint16_t kOperation = 0x7800;
constexpr std::uint16_t kRecursionWanted = 0x0100;
constexpr std::uint16_t kRecursionOffered = 0x0080;
constexpr std::uint16_t kServerFailure = 2;
// Containers come and go, and asking again costs next to nothing.
constexpr std::uint32_t kSecondsToLive = 1;
// So that every answer fits into a datagram of 512 bytes.
constexpr std::size_t kMostAddresses = 12;

std::uint16_t Number(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                                    static_cast<unsigned char>(bytes[at + 1]));
}

void Append16(std::string* bytes, std::uint32_t number) {
  bytes->push_back(static_cast<char>(number >> 8 & 0xff));
  bytes->push_back(static_cast<char>(number & 0xff));
}

void Append32(std::string* bytes, std::uint32_t number) {
  Append16(bytes, number >> 16);
  Append16(bytes, number & 0xffff);
}

std::string Begin(std::string_view query, const DnsQuestion& question, std::size_t answers,
                  std::uint16_t failure) {
  std::string bytes(query.substr(0, 2));
  Append16(&bytes, kIsAnswer | kRecursionOffered | (Number(query, 2) & kRecursionWanted) | failure);
  Append16(&bytes, 1);
  Append16(&bytes, static_cast<std::uint32_t>(answers));
  Append32(&bytes, 0);
  bytes.append(query.substr(kHeader, question.end - kHeader));
  return bytes;
}

void AppendRecord(std::string* bytes, DnsType type, std::string_view data) {
  constexpr std::uint32_t kNameOfQuestion = 0xc000 | kHeader;
  Append16(bytes, kNameOfQuestion);
  Append16(bytes, static_cast<std::uint32_t>(type));
  Append16(bytes, kInternet);
  Append32(bytes, kSecondsToLive);
  Append16(bytes, static_cast<std::uint32_t>(data.size()));
  bytes->append(data);
}

}  // namespace

std::optional<DnsQuestion> ParseQuestion(std::string_view message) {
  if (message.size() < kHeader) return std::nullopt;
  if ((Number(message, 2) & (kIsAnswer | kOperation)) != 0) return std::nullopt;
  if (Number(message, 4) != 1) return std::nullopt;
  DnsQuestion question;
  std::size_t at = kHeader;
  for (;;) {
    if (at >= message.size()) return std::nullopt;
    const std::size_t length = static_cast<unsigned char>(message[at++]);
    if (length == 0) break;
    if (length > kLongestLabel || at + length > message.size()) return std::nullopt;
    if (!question.name.empty()) question.name.push_back('.');
    question.name += ToLower(message.substr(at, length));
    if (question.name.size() > kLongestName) return std::nullopt;
    at += length;
  }
  if (at + 4 > message.size() || Number(message, at + 2) != kInternet) return std::nullopt;
  question.type = Number(message, at);
  question.end = at + 4;
  return question;
}

std::optional<std::uint32_t> ParseReverseName(std::string_view name) {
  constexpr std::string_view kZone = ".in-addr.arpa";
  if (!name.ends_with(kZone)) return std::nullopt;
  const auto backwards = ParseAddress(name.substr(0, name.size() - kZone.size()));
  if (!backwards) return std::nullopt;
  return __builtin_bswap32(*backwards);
}

std::string AnswerAddresses(std::string_view query, const DnsQuestion& question,
                            const std::vector<std::uint32_t>& addresses) {
  const std::size_t count = std::min(addresses.size(), kMostAddresses);
  std::string bytes = Begin(query, question, count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    std::string data;
    Append32(&data, addresses[i]);
    AppendRecord(&bytes, DnsType::kAddress, data);
  }
  return bytes;
}

std::string AnswerName(std::string_view query, const DnsQuestion& question, std::string_view name) {
  std::string data;
  for (const std::string_view label : Split(name, '.')) {
    if (label.empty() || label.size() > kLongestLabel) return AnswerFailure(query, question);
    data.push_back(static_cast<char>(label.size()));
    data.append(label);
  }
  data.push_back('\0');
  if (data.size() > kLongestName) return AnswerFailure(query, question);
  std::string bytes = Begin(query, question, 1, 0);
  AppendRecord(&bytes, DnsType::kPointer, data);
  return bytes;
}

std::string AnswerFailure(std::string_view query, const DnsQuestion& question) {
  return Begin(query, question, 0, kServerFailure);
}

bool IsAnswerTo(std::string_view query, std::string_view message) {
  return query.size() >= kHeader && message.size() >= kHeader &&
         Number(query, 0) == Number(message, 0) && (Number(message, 2) & kIsAnswer) != 0;
}

}  // namespace ibuild::containers
