// The terminals of oci/reference.h's grammar as predicates over whole texts, byte-wise ASCII. For
// reference.cc.
#pragma once

#include <string_view>

namespace ibuild::oci::reference_grammar {

bool IsHost(std::string_view text);  // host [":" port]; the port at most 65535
bool IsPath(std::string_view text);
bool IsTag(std::string_view text);

}  // namespace ibuild::oci::reference_grammar
