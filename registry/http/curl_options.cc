#include "registry/http/curl_options.h"

#include <fmt/format.h>

#include "support/error.h"

namespace ibuild::registry {
namespace {

// Asking first costs a round trip; it pays for bodies that would be sent in vain.
constexpr std::uint64_t kContinueFrom = (8u << 20) + 1;  // not for each piece of a blob
// HTTP/2 cuts bodies into frames of 16 KiB; a large one is sent faster on a connection of its own.
constexpr std::uint64_t kOwnConnectionFrom = 1u << 20;

bool CarriesBody(Method method) {
  return method == Method::kPost || method == Method::kPut || method == Method::kPatch;
}

}  // namespace

bool WantsContinue(const HttpRequest& request, const OriginSettings& origin) {
  return origin.expect_continue && request.body && request.body->size >= kContinueFrom;
}

void CurlHandle::Check(CURLoption option, CURLcode code) const {
  if (code == CURLE_OK) return;
  throw Error(ErrorKind::kInternal,
              fmt::format("libcurl refuses option {}: {}", static_cast<int>(option),
                          curl_.easy_strerror(code)));
}

void CurlHandle::SetDefaults(const CurlSettings& settings, CURLSH* share) const {
  Set(CURLOPT_SHARE, share);
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_FOLLOWLOCATION, 0L);
  Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  Set(CURLOPT_UNRESTRICTED_AUTH, 0L);
  Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  Set(CURLOPT_PATH_AS_IS, 1L);
  Set(CURLOPT_BUFFERSIZE, 512L * 1024);
  Set(CURLOPT_UPLOAD_BUFFERSIZE, 2L * 1024 * 1024);
  Set(CURLOPT_TCP_KEEPALIVE, 1L);
  Set(CURLOPT_EXPECT_100_TIMEOUT_MS, 300L);
  Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
  Set(CURLOPT_USERAGENT, settings.user_agent.c_str());
}

void CurlHandle::SetTarget(const HttpRequest& request) const {
  Set(CURLOPT_QUICK_EXIT, request.last ? 1L : 0L);
  Set(CURLOPT_URL, request.url.Wire().c_str());
  if (request.method == Method::kHead) {
    Set(CURLOPT_NOBODY, 1L);
  } else if (CarriesBody(request.method)) {
    Set(CURLOPT_UPLOAD, 1L);
    const std::uint64_t size = request.body ? request.body->size : 0;
    Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
    Set(CURLOPT_CUSTOMREQUEST, ToString(request.method).data());
    if (size >= kOwnConnectionFrom) {
      Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    }
  } else {
    Set(CURLOPT_HTTPGET, 1L);
    if (request.method == Method::kDelete) Set(CURLOPT_CUSTOMREQUEST, "DELETE");
  }
}

HeaderList CurlHandle::SetHeaders(const HttpRequest& request, bool wants_continue) const {
  HeaderList list;
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_.slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw Error(ErrorKind::kResourceExhausted, "libcurl has no memory");
    list.release();  // the list's first node is in `longer`
    list.reset(longer);
  };
  for (const auto& [name, value] : request.headers.all()) {
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  add(wants_continue ? "Expect: 100-continue" : "Expect:");
  Set(CURLOPT_HTTPHEADER, list.get());
  return list;
}

void CurlHandle::SetTls(const OriginSettings& origin, Trust trust) const {
  const curl_version_info_data* version = curl_.version_info(CURLVERSION_NOW);
  // The directory of hashed certificates is read on demand; the one big file would be parsed anew,
  // for some milliseconds, by every session.
  if (version->capath != nullptr && version->capath[0] != '\0') {
    Set(CURLOPT_CAINFO, static_cast<char*>(nullptr));
    Set(CURLOPT_CAPATH, version->capath);
  }
  if (!origin.tls.authorities.empty()) {
    std::string pem = origin.tls.authorities;
    curl_blob blob{pem.data(), pem.size(), CURL_BLOB_COPY};
    Set(CURLOPT_CAINFO_BLOB, &blob);
  }
  if (origin.tls.client) {
    Set(CURLOPT_SSLCERT, origin.tls.client->certificate.c_str());
    Set(CURLOPT_SSLKEY, origin.tls.client->key.c_str());
  }
  Set(CURLOPT_SSL_VERIFYPEER, trust == Trust::kVerified ? 1L : 0L);
  Set(CURLOPT_SSL_VERIFYHOST, trust == Trust::kVerified ? 2L : 0L);
}

bool CurlHandle::SetProxy(const Url& url, const ProxySettings& settings) const {
  const auto proxy = ChooseProxy(settings, url);
  // An empty text keeps libcurl from reading the environment by itself.
  Set(CURLOPT_PROXY, proxy.value_or("").c_str());
  Set(CURLOPT_NOPROXY, "");
  return proxy.has_value();
}

}  // namespace ibuild::registry
