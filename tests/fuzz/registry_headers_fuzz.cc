// Header values that decide where we go next: Link, Location, Content-Range, Range, Retry-After.
#include <cstddef>
#include <cstdint>
#include <string>

#include "registry/client/download.h"
#include "registry/client/endpoints.h"
#include "registry/client/tags.h"
#include "registry/client/upload_state.h"
#include "registry/http/answer_head.h"
#include "registry/http/retry.h"
#include "support/error.h"

namespace {

using namespace ibuild::registry;  // NOLINT(google-build-using-namespace)

void Resolve(const std::string& text) {
  const Url base = Url::Parse("https://r.example:5000/v2/a/b/blobs/uploads/");
  try {
    const Url url = Endpoints::UploadLocation(base, text);
    // What is printed and what is requested must both be addresses again.
    if (Url::Parse(url.Wire()) != url) __builtin_trap();
    CheckServerChoice(base, AddressClass::kUnknown, url, "redirect");
  } catch (const ibuild::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  NextLink({text});
  ContentRange::Parse(text);
  BytesHeld(text);
  Resolve(text);
  AnswerHead head;
  try {
    head.TakeLine("HTTP/1.1 200 OK\r\n");
    head.TakeLine(text);
    RetryAfter(head.TakeHeaders(), {});
  } catch (const ibuild::Error&) {
  }
  return 0;
}
