// A registry's refusal as an Error (distribution-spec "Error Codes"): what was asked, what the
// registry says, and what to do next.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/auth/credential.h"
#include "registry/client/repository_access.h"
#include "support/error.h"

namespace ibuild::registry {

struct RegistryComplaint {
  std::string code;     // "MANIFEST_UNKNOWN"
  std::string message;  // fit to print; digests of the `detail` are named, too
};

// The body of an error answer: a JSON "errors" list, the older forms with "message" or "details",
// or short plain text. HTML and what cannot be read give nothing. What was `sent` is not shown.
std::vector<RegistryComplaint> ParseComplaints(std::string_view body,
                                               const std::vector<Secret>& sent = {});

// Reads the answer's body. `what` is what was asked for: "manifest of r.example/a:1".
// `hint_for_content`: what to do when it is the content that the registry does not take.
Error ErrorFromResponse(HttpResponse& response, const RepositoryAccess& access,
                        std::string_view what, std::string_view hint_for_content = {});

// What to do about a refused push or pull: log in, use another name, or ask the owner. Pure.
std::string DeniedHint(const oci::Repository& repository, Access actions,
                       const std::optional<UsedCredential>& credential);

}  // namespace ibuild::registry
