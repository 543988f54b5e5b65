#include "registry/http/curl_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>

#include "support/error.h"

// The header's macros take the names of the members.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_share_setopt

namespace ibuild::registry {
namespace {

// Debian's OpenSSL build first: it shares libcrypto with us.
constexpr std::array kNames = {"libcurl.so.4", "libcurl-gnutls.so.4"};
constexpr unsigned kOldestVersion = 0x075800;  // 7.88.0, Debian 12

[[noreturn]] void FailMissing(const std::string& reason) {
  throw Error(ErrorKind::kUnsupported,
              fmt::format("talking to a registry needs libcurl: {}", reason))
      .WithHint("install it with `apt-get install libcurl4`");
}

void* OpenLibrary() {
  std::string reason;
  for (const char* name : kNames) {
    if (void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
    if (reason.empty()) reason = dlerror();
  }
  FailMissing(reason);
}

template <typename Function>
void Bind(void* library, const char* name, Function& function) {
  void* symbol = dlsym(library, name);
  if (symbol == nullptr) FailMissing(fmt::format("it lacks {}", name));
  function = reinterpret_cast<Function>(symbol);
}

CurlLibrary Load() {
  void* library = OpenLibrary();
  CurlLibrary curl{};
  Bind(library, "curl_global_init", curl.global_init);
  Bind(library, "curl_version_info", curl.version_info);
  Bind(library, "curl_easy_init", curl.easy_init);
  Bind(library, "curl_easy_cleanup", curl.easy_cleanup);
  Bind(library, "curl_easy_reset", curl.easy_reset);
  Bind(library, "curl_easy_setopt", curl.easy_setopt);
  Bind(library, "curl_easy_getinfo", curl.easy_getinfo);
  Bind(library, "curl_easy_pause", curl.easy_pause);
  Bind(library, "curl_easy_strerror", curl.easy_strerror);
  Bind(library, "curl_slist_append", curl.slist_append);
  Bind(library, "curl_slist_free_all", curl.slist_free_all);
  Bind(library, "curl_multi_init", curl.multi_init);
  Bind(library, "curl_multi_cleanup", curl.multi_cleanup);
  Bind(library, "curl_multi_add_handle", curl.multi_add_handle);
  Bind(library, "curl_multi_remove_handle", curl.multi_remove_handle);
  Bind(library, "curl_multi_perform", curl.multi_perform);
  Bind(library, "curl_multi_poll", curl.multi_poll);
  Bind(library, "curl_multi_wakeup", curl.multi_wakeup);
  Bind(library, "curl_multi_info_read", curl.multi_info_read);
  Bind(library, "curl_share_init", curl.share_init);
  Bind(library, "curl_share_cleanup", curl.share_cleanup);
  Bind(library, "curl_share_setopt", curl.share_setopt);
  return curl;
}

CurlLibrary LoadAndInitialise() {
  CurlLibrary curl = Load();
  if (curl.global_init(CURL_GLOBAL_ALL) != CURLE_OK) FailMissing("it does not start");
  const curl_version_info_data* version = curl.version_info(CURLVERSION_NOW);
  if (version->version_num < kOldestVersion) {
    FailMissing(fmt::format("version {} is older than 7.88", version->version));
  }
  return curl;
}

}  // namespace

const CurlLibrary& CurlLibrary::Get() {
  // Never unloaded: OpenSSL's exit handlers would run code that is gone.
  static const CurlLibrary library = LoadAndInitialise();
  return library;
}

}  // namespace ibuild::registry
