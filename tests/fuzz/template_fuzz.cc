// Any text as a template over a document: it ends, with a text or an Error.
#include <cstddef>
#include <cstdint>

#include "cli/template/template.h"
#include "support/error.h"
#include "support/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using ibuild::OrderedJson;
  static const OrderedJson document = {{"ID", "sha256:0123"},
                                       {"Size", 7},
                                       {"List", {"a", "b", 3}},
                                       {"Map", {{"k", "v"}, {"n", nullptr}}}};
  try {
    ibuild::cli::Template::Parse({reinterpret_cast<const char*>(data), size}).Execute(document);
  } catch (const ibuild::Error&) {
  }
  return 0;
}
