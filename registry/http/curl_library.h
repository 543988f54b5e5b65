// libcurl, loaded when the first request is made.
//
// Linking it would cost every start of the program some 6 ms for shared libraries that a build
// without network never calls (docs/decisions/0001-start-up.md). So the functions that are used are
// looked up once with dlsym(3) and called through this table.
#pragma once

#include <curl/curl.h>

namespace ibuild::registry {

struct CurlLibrary {
  decltype(&::curl_global_init) global_init;
  decltype(&::curl_version_info) version_info;
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_reset) easy_reset;
  CURLcode (*easy_setopt)(CURL*, CURLoption, ...);
  CURLcode (*easy_getinfo)(CURL*, CURLINFO, ...);
  decltype(&::curl_easy_pause) easy_pause;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
  decltype(&::curl_multi_init) multi_init;
  decltype(&::curl_multi_cleanup) multi_cleanup;
  decltype(&::curl_multi_add_handle) multi_add_handle;
  decltype(&::curl_multi_remove_handle) multi_remove_handle;
  decltype(&::curl_multi_perform) multi_perform;
  decltype(&::curl_multi_poll) multi_poll;
  decltype(&::curl_multi_wakeup) multi_wakeup;
  decltype(&::curl_multi_info_read) multi_info_read;
  decltype(&::curl_share_init) share_init;
  decltype(&::curl_share_cleanup) share_cleanup;
  CURLSHcode (*share_setopt)(CURLSH*, CURLSHoption, ...);

  // Loads and initialises the library; later calls return the same table. Throws kUnsupported,
  // naming the package, when it is not installed or too old.
  static const CurlLibrary& Get();
};

}  // namespace ibuild::registry
