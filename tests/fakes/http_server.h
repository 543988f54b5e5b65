// A small HTTP/1.1 server on a free port of 127.0.0.1, for tests: a thread for each connection,
// plain or TLS. The handler speaks to the connection itself, so it may answer before the body has
// come, stop in the middle, wait, or hang up.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/fd.h"

struct ssl_ctx_st;

namespace ibuild::fakes {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct FakeRequest {
  std::string method = {};
  std::string path = {};   // as sent
  std::string query = {};  // without "?"
  HeaderList headers = {};
  std::uint64_t content_length = 0;

  // The header's values joined with ", "; empty when there is none.
  std::string Header(std::string_view name) const;
  // A query parameter, percent-decoded.
  std::optional<std::string> Parameter(std::string_view name) const;
  std::vector<std::string> Parameters(std::string_view name) const;
};

std::string PercentDecode(std::string_view text);

struct FakeResponse {
  int status = 200;
  HeaderList headers = {};
  std::string body = {};
  // The Content-Length to claim when it is not the body's own size.
  std::optional<std::uint64_t> claimed_length = {};
};

// What goes wrong with the next answer.
struct Tampering {
  std::optional<std::uint64_t> cut_after = {};    // bytes of the body, then the connection ends
  std::optional<std::uint64_t> stall_after = {};  // then silence until the peer gives up
  std::optional<std::uint64_t> flip_at = {};      // this byte of the body is another one
  HeaderList set_headers = {};
  std::vector<std::string> drop_headers = {};
};

class ByteChannel;

class FakeConnection {
 public:
  explicit FakeConnection(ByteChannel& channel) : channel_(channel) {}

  // Up to `size` bytes of the request's body; fewer at its end or when the peer hung up.
  std::string ReadBody(std::uint64_t size);
  std::string ReadWholeBody() { return ReadBody(body_left_); }
  std::uint64_t body_left() const { return body_left_; }
  // Sends the head, with Content-Length, and the body (not for HEAD).
  void Send(const FakeResponse& response);
  void SendRaw(std::string_view bytes);
  void Tamper(Tampering tampering) { tampering_ = std::move(tampering); }
  void HangUp() { open_ = false; }  // after the handler returns

 private:
  friend class FakeHttpServer;

  void SendBody(std::string body, const Tampering& tampering);

  ByteChannel& channel_;
  std::string pending_;  // read from the socket, not yet used
  std::uint64_t body_left_ = 0;
  Tampering tampering_;
  bool head_only_ = false;
  bool open_ = true;
};

struct ServerTls {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

class FakeHttpServer {
 public:
  using Handler = std::function<void(const FakeRequest&, FakeConnection&)>;

  explicit FakeHttpServer(Handler handler, std::optional<ServerTls> tls = std::nullopt);
  ~FakeHttpServer();  // breaks all connections off
  FakeHttpServer(const FakeHttpServer&) = delete;
  FakeHttpServer& operator=(const FakeHttpServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string Address() const;  // "127.0.0.1:PORT"
  std::size_t connections() const { return connections_; }

 private:
  void Accept();
  void Serve(int fd);
  bool ServeOne(FakeConnection& connection);

  Handler handler_;
  std::shared_ptr<ssl_ctx_st> tls_;
  std::uint16_t port_ = 0;  // before the listener, which sets it
  UniqueFd listener_;
  std::atomic<std::size_t> connections_{0};
  std::mutex mutex_;
  std::vector<int> open_fds_;
  bool closing_ = false;
  std::list<std::thread> workers_;
  std::thread acceptor_;
};

}  // namespace ibuild::fakes
