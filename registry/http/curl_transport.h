// CurlTransport: HTTP over libcurl's multi interface, one exchange per calling thread.
//
// There is no thread of its own: the caller's Send drives the exchange until the headers are
// there, reading the body drives the rest, and a caller that does not read leaves the bytes in the
// kernel (back pressure). Redirects, authentication, retries and decoding are left to others.
// HTTP/2 is used where TLS negotiates it. Proxies, authorities and client certificates are chosen
// for each origin.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "registry/http/proxy.h"
#include "registry/http/tls_files.h"
#include "registry/http/transport.h"

namespace ibuild::registry {

class CurlPool;

struct CurlSettings {
  ProxySettings proxy;
  std::string user_agent;
  // Called once for each origin.
  std::function<TlsFiles(const Origin&)> tls_files;
  // Called from any thread when a server has been silent for some seconds.
  std::function<void(const Origin&, std::chrono::seconds silent, std::chrono::seconds patience)>
      on_silence;
  std::chrono::milliseconds connect_timeout{10'000};  // includes the TLS handshake
  // Less than `stall_minimum` bytes in this time, either way: NetworkFault::kStalled.
  std::chrono::milliseconds stall_window{30'000};
  std::uint64_t stall_minimum = 30 * 1024;
};

// What a settings object says about one origin.
struct OriginSettings {
  TlsFiles tls;
  bool expect_continue = true;  // false once the server let an Expect time out
};

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CurlSettings settings);
  ~CurlTransport() override;

  HttpResponse Send(const HttpRequest& request) override;

 private:
  OriginSettings SettingsFor(const Origin& origin);
  void ForgoExpect(const Origin& origin);

  CurlSettings settings_;
  std::shared_ptr<CurlPool> pool_;  // responses that outlive us still give their session back
  std::mutex mutex_;
  std::map<Origin, OriginSettings> origins_;
};

}  // namespace ibuild::registry
