// The request that brings a trace to a collector.
#pragma once

#include <string>

#include "cli/tracing/otlp_settings.h"
#include "cli/wiring.h"

namespace ibuild::cli {

// Takes settings.timeout at most, all in all. What goes wrong is one line of warning.
void SendTrace(Wiring& wiring, const OtlpSettings& settings, const std::string& body) noexcept;

}  // namespace ibuild::cli
