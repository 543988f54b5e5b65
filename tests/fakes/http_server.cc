#include "tests/fakes/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>

#include "support/error.h"
#include "support/text.h"
#include "tests/fakes/byte_channel.h"

namespace ibuild::fakes {
namespace {

UniqueFd Listen(std::uint16_t& port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (!fd || bind(fd.get(), plain, size) != 0 || listen(fd.get(), 64) != 0 ||
      getsockname(fd.get(), plain, &size) != 0) {
    ThrowErrno("opening a loopback port");
  }
  port = ntohs(address.sin_port);
  return fd;
}

FakeRequest ParseHead(std::string_view head) {
  FakeRequest request;
  std::vector<std::string_view> lines = Split(head, '\n');
  const std::vector<std::string_view> words = Split(Trim(lines.front()), ' ');
  if (words.size() != 3) return request;
  request.method = words[0];
  request.path = words[1].substr(0, words[1].find('?'));
  if (request.path.size() < words[1].size())
    request.query = words[1].substr(request.path.size() + 1);
  for (const std::string_view line : std::span(lines).subspan(1)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    request.headers.emplace_back(Trim(line.substr(0, colon)), Trim(line.substr(colon + 1)));
  }
  request.content_length = ParseUnsigned(request.Header("Content-Length")).value_or(0);
  return request;
}

int HexValue(char c) {
  const std::size_t value = std::string_view("0123456789abcdef").find(ToLower({&c, 1}));
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

}  // namespace

std::string PercentDecode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
                        HexValue(text[i + 2]) >= 0;
    if (escape) {
      result += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

std::string FakeRequest::Header(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoringCase(key, name)) values.push_back(value);
  }
  return Join(values, ", ");
}

std::vector<std::string> FakeRequest::Parameters(std::string_view name) const {
  std::vector<std::string> values;
  for (const std::string_view part : Split(query, '&')) {
    const std::size_t equals = std::min(part.find('='), part.size());
    if (part.substr(0, equals) != name) continue;
    values.push_back(PercentDecode(equals < part.size() ? part.substr(equals + 1) : ""));
  }
  return values;
}

std::optional<std::string> FakeRequest::Parameter(std::string_view name) const {
  std::vector<std::string> values = Parameters(name);
  if (values.empty()) return std::nullopt;
  return std::move(values.front());
}

std::string FakeConnection::ReadBody(std::uint64_t size) {
  std::string body;
  size = std::min(size, body_left_);
  while (body.size() < size) {
    if (pending_.empty()) {
      pending_.resize(64 << 10);
      pending_.resize(channel_.Read(pending_.data(), pending_.size()));
      if (pending_.empty()) {
        open_ = false;
        break;
      }
    }
    const std::size_t take = std::min<std::uint64_t>(size - body.size(), pending_.size());
    body.append(pending_, 0, take);
    pending_.erase(0, take);
  }
  body_left_ -= body.size();
  return body;
}

void FakeConnection::SendRaw(std::string_view bytes) {
  if (!channel_.Write(bytes)) open_ = false;
}

void FakeConnection::SendBody(std::string body, const Tampering& tampering) {
  if (tampering.flip_at && *tampering.flip_at < body.size()) body[*tampering.flip_at] ^= 1;
  const auto end = tampering.cut_after ? tampering.cut_after : tampering.stall_after;
  if (!end || *end >= body.size()) return SendRaw(body);
  SendRaw(std::string_view(body).substr(0, *end));
  open_ = false;
  if (tampering.cut_after) return;
  char byte = 0;
  while (channel_.Read(&byte, 1) > 0) {
  }
}

void FakeConnection::Send(const FakeResponse& response) {
  const Tampering tampering = std::exchange(tampering_, {});
  std::string head = fmt::format("HTTP/1.1 {} Status\r\n", response.status);
  const auto is = [](const std::string& name) {
    return [&name](const auto& other) { return EqualsIgnoringCase(other, name); };
  };
  for (const auto& [name, value] : response.headers) {
    const auto& drop = tampering.drop_headers;
    if (std::none_of(drop.begin(), drop.end(), is(name))) head += name + ": " + value + "\r\n";
  }
  for (const auto& [name, value] : tampering.set_headers) head += name + ": " + value + "\r\n";
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) {
    head += fmt::format("Content-Length: {}\r\n",
                        response.claimed_length.value_or(response.body.size()));
  }
  if (body_left_ > 0) {  // what the peer still sends would be taken for the next request
    head += "Connection: close\r\n";
    open_ = false;
  }
  SendRaw(head + "\r\n");
  if (!head_only_ && !bodiless) SendBody(response.body, tampering);
  // Closing with something unread would reset the connection, and the peer might miss the answer.
  if (body_left_ > 0) ReadBody(body_left_);
}

FakeHttpServer::FakeHttpServer(Handler handler, std::optional<ServerTls> tls)
    : handler_(std::move(handler)), listener_(Listen(port_)) {
  std::signal(SIGPIPE, SIG_IGN);
  if (tls) tls_ = MakeServerContext(tls->certificate.c_str(), tls->key.c_str());
  acceptor_ = std::thread([this] { Accept(); });
}

FakeHttpServer::~FakeHttpServer() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (const int fd : open_fds_) shutdown(fd, SHUT_RDWR);
  }
  shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  for (std::thread& worker : workers_) worker.join();
}

std::string FakeHttpServer::Address() const { return fmt::format("127.0.0.1:{}", port_); }

void FakeHttpServer::Accept() {
  for (;;) {
    const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (fd < 0 || closing_) {
      if (fd >= 0) UniqueFd(fd).Reset();
      if (closing_ || (errno != EINTR && errno != ECONNABORTED)) return;
      continue;
    }
    ++connections_;
    open_fds_.push_back(fd);
    workers_.emplace_back([this, fd] { Serve(fd); });
  }
}

void FakeHttpServer::Serve(int fd) {
  const UniqueFd owned(fd);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  try {
    ByteChannel channel(fd, tls_.get());
    FakeConnection connection(channel);
    while (ServeOne(connection)) {
    }
    shutdown(fd, SHUT_WR);
  } catch (const Error&) {
    // A client that does not speak our TLS, or a handler's own way of hanging up.
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_fds_, fd);
}

bool FakeHttpServer::ServeOne(FakeConnection& connection) {
  std::string& pending = connection.pending_;
  std::size_t end = std::string::npos;
  while ((end = pending.find("\r\n\r\n")) == std::string::npos) {
    char buffer[16384];
    const std::size_t got = connection.channel_.Read(buffer, sizeof(buffer));
    if (got == 0 || pending.size() > (1u << 20)) return false;
    pending.append(buffer, got);
    if (pending.front() == 0x16) {  // a TLS handshake, as Go's server answers it
      connection.SendRaw("HTTP/1.0 400 Bad Request\r\n\r\nthis is not TLS\n");
      return false;
    }
  }
  const FakeRequest request = ParseHead(std::string_view(pending).substr(0, end));
  pending.erase(0, end + 4);
  connection.body_left_ = request.content_length;
  connection.head_only_ = request.method == "HEAD";
  if (ToLower(request.Header("Expect")) == "100-continue") {
    connection.SendRaw("HTTP/1.1 100 Continue\r\n\r\n");
  }
  handler_(request, connection);
  return connection.open_ && connection.body_left_ == 0;
}

}  // namespace ibuild::fakes
