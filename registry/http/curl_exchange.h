// CurlExchange: one request and its response on a CurlSession; see curl_transport.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "registry/http/answer_head.h"
#include "registry/http/curl_options.h"
#include "registry/http/curl_session.h"
#include "registry/http/curl_transport.h"
#include "registry/http/stall_watch.h"

namespace ibuild::registry {

class CurlExchange {
 public:
  CurlExchange(std::unique_ptr<CurlSession> session, std::shared_ptr<CurlPool> pool,
               const HttpRequest& request, const CurlSettings& settings);
  ~CurlExchange();  // an unfinished exchange closes its connection
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  void Start(const CurlSettings& settings, const OriginSettings& origin);
  void RunUntilHeaders();
  // Fills some of `buffer`; 0 is the end of the body.
  std::size_t Read(std::span<std::byte> buffer);

  AnswerHead& head() { return head_; }
  AddressClass peer() const { return peer_; }
  // An Expect was sent, and the body went out without the server having said "100".
  bool ExpectTimedOut() const { return expects_continue_ && !head_.saw_continue() && sent_ > 0; }

 private:
  void SetCallbacks(const CurlHandle& handle);
  void Pump();
  void WaitForNetwork();
  void CheckProgress(StallWatch::Duration waited);
  void TellOfSilence(StallWatch::Duration waited, std::uint64_t moved);
  bool AwaitsAnswer() const;
  void TakeResult();
  void NotePeer();
  void ReleaseSession();
  std::exception_ptr FailureOf(CURLcode code);

  bool AllowsPeer(AddressClass peer);
  std::size_t Upload(std::span<std::byte> buffer);
  static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t OnUpload(char* data, std::size_t size, std::size_t count, void* self);
  static int OnSeek(void* self, curl_off_t offset, int origin);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnConnected(void* self, char* peer, char* local, int peer_port, int local_port);

  std::unique_ptr<CurlSession> session_;
  std::shared_ptr<CurlPool> pool_;
  const CurlLibrary& curl_;
  HttpRequest request_;
  HeaderList header_list_;
  std::string error_text_;  // libcurl writes CURL_ERROR_SIZE bytes
  bool attached_ = false;   // easy handle to multi handle
  bool finished_ = false;
  std::exception_ptr failure_;  // thrown when what came before it has been read

  // Sending.
  std::unique_ptr<ByteSource> upload_;
  std::exception_ptr upload_error_;
  std::uint64_t sent_ = 0;
  bool expects_continue_ = false;

  // Where we are connected to.
  bool proxied_ = false;
  AddressClass peer_ = AddressClass::kUnknown;
  bool peer_refused_ = false;

  // Waiting.
  StallWatch stall_;
  StallWatch::Duration answer_waited_{};
  StallWatch::Duration silent_{};
  const CurlSettings& settings_;
  std::uint64_t moved_ = 0;  // bytes either way since the last look

  // Receiving.
  AnswerHead head_;
  ReceiveBuffer buffer_;
  bool paused_ = false;
};

}  // namespace ibuild::registry
