// CurlSession: one libcurl multi handle with the connections that it keeps alive, and one easy
// handle that is used again for each exchange. A session serves one exchange at a time; a CurlPool
// hands sessions out, preferring one that knows the way to an origin, and lets them share DNS
// answers and TLS session tickets.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "registry/http/curl_library.h"
#include "registry/http/url.h"

namespace ibuild::registry {

class CurlShare {
 public:
  explicit CurlShare(const CurlLibrary& curl);
  ~CurlShare();
  CurlShare(const CurlShare&) = delete;
  CurlShare& operator=(const CurlShare&) = delete;

  CURLSH* handle() const { return handle_; }

 private:
  static void Lock(CURL*, curl_lock_data data, curl_lock_access, void* self);
  static void Unlock(CURL*, curl_lock_data data, void* self);

  const CurlLibrary& curl_;
  CURLSH* handle_;
  std::array<std::mutex, CURL_LOCK_DATA_LAST> mutexes_;
};

class CurlSession {
 public:
  CurlSession(const CurlLibrary& curl, std::shared_ptr<CurlShare> share);
  ~CurlSession();
  CurlSession(const CurlSession&) = delete;
  CurlSession& operator=(const CurlSession&) = delete;

  const CurlLibrary& curl() const { return curl_; }
  CURL* easy() const { return easy_; }
  CURLM* multi() const { return multi_; }
  CURLSH* share() const { return share_->handle(); }

  std::optional<Origin> last_origin;

 private:
  const CurlLibrary& curl_;
  std::shared_ptr<CurlShare> share_;
  CURLM* multi_;
  CURL* easy_;
};

class CurlPool {
 public:
  std::unique_ptr<CurlSession> Take(const Origin& origin);
  void GiveBack(std::unique_ptr<CurlSession> session);

 private:
  std::mutex mutex_;
  std::shared_ptr<CurlShare> share_;  // made with the first session
  std::vector<std::unique_ptr<CurlSession>> idle_;
};

}  // namespace ibuild::registry
