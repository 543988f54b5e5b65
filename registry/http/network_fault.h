// What libcurl's result codes mean to us.
#pragma once

#include <string_view>

#include "registry/http/curl_library.h"
#include "registry/http/network_error.h"
#include "registry/http/url.h"

namespace ibuild::registry {

// `detail` is libcurl's own sentence. The error has a hint where the user can do something.
NetworkError MakeNetworkError(CURLcode code, std::string_view detail, const Url& url);

}  // namespace ibuild::registry
