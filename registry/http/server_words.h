// What a server says of a request that it refused, as it may be shown: to somebody who trusts
// neither the server nor whoever else reads the screen.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/http/message.h"
#include "support/secret.h"

namespace ibuild::registry {

// What a request carried that nobody else is to see: passwords and tokens, in all the forms in
// which a server could repeat them.
std::vector<Secret> SecretsOf(const Headers& headers);
// The same of a single secret.
void AddForms(const Secret& secret, std::vector<Secret>* forms);

// With "****" for each of them.
std::string WithoutSecrets(std::string text, const std::vector<Secret>& secrets);

// One line of 512 bytes at most, without controls.
std::string ServerWords(std::string_view said, const std::vector<Secret>& secrets);

}  // namespace ibuild::registry
