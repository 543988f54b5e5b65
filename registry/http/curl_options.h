// Turns a request and its origin's settings into options of a libcurl easy handle.
#pragma once

#include <memory>

#include "registry/http/curl_library.h"
#include "registry/http/curl_transport.h"
#include "registry/http/message.h"

namespace ibuild::registry {

struct SlistDeleter {
  void operator()(curl_slist* list) const { CurlLibrary::Get().slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, SlistDeleter>;

// How an upload asks for permission first.
bool WantsContinue(const HttpRequest& request, const OriginSettings& origin);

// An easy handle with the library's table, so that options read as calls.
class CurlHandle {
 public:
  CurlHandle(const CurlLibrary& curl, CURL* easy) : curl_(curl), easy_(easy) {}

  template <typename Value>
  void Set(CURLoption option, Value value) const {
    static_assert(!std::is_same_v<Value, int>, "libcurl reads long where int was passed");
    Check(option, (curl_.easy_setopt)(easy_, option, value));
  }

  void SetDefaults(const CurlSettings& settings, CURLSH* share) const;
  void SetTarget(const HttpRequest& request) const;
  // The list must live as long as the exchange.
  HeaderList SetHeaders(const HttpRequest& request, bool wants_continue) const;
  void SetTls(const OriginSettings& origin, Trust trust) const;
  // Returns whether a proxy is used.
  bool SetProxy(const Url& url, const ProxySettings& settings) const;

 private:
  void Check(CURLoption option, CURLcode code) const;

  const CurlLibrary& curl_;
  CURL* easy_;
};

}  // namespace ibuild::registry
