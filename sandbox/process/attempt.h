// Attempts at making a sandbox: what is known before the first, and what is learned from one that
// failed.
#pragma once

#include <cstdint>

#include "sandbox/process/sandbox_session.h"
#include "sandbox/spec/compile_setup.h"
#include "sandbox/spec/spec.h"

namespace ibuild::builder {

// CLONE_NEW* of the namespaces that are to be its own.
std::uint64_t NamespacesOf(const SandboxSpec& spec, const NetworkPlan& network);

SetupContext MakeContext(const SandboxSpec& spec, HostFacts facts, const NetworkPlan& network);

// What of others a sandbox is fenced off from by a domain, having no namespace for it. Throws
// kUnsupported where that cannot be done and has not been allowed.
std::uint32_t DomainFlags(const SandboxSpec& spec, const SetupContext& context);

// A used work directory of a volatile overlay is not taken again (overlayfs documentation,
// "Volatile mount"); what is in it is nobody's.
void RenewWorkDirectory(const OverlayRoot& root);

// Whether the sandbox can be made in another way than the one that failed; then `context` is so.
bool Adapt(const SandboxSpec& spec, const SetupFault& fault, SetupContext* context);

}  // namespace ibuild::builder
