// An image made of another one by a few instructions, or by editing its configuration.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "builder/build.h"
#include "cli/wiring.h"
#include "oci/image_config.h"

namespace ibuild::cli {

struct Derivation {
  std::optional<oci::Descriptor> base;  // nothing: scratch
  std::string instructions;             // of a Dockerfile, without FROM
  std::filesystem::path context = {};   // where COPY and ADD look; empty: nowhere
  builder::StepOptions steps = {};
  bool shows_output = false;  // what steps print goes to standard output, and every step is run
};

// Throws what a build throws.
oci::Descriptor Derive(Wiring& wiring, const Derivation& derivation);

// The same image with another configuration.
oci::Descriptor EditConfig(layers::Store& store, const oci::Descriptor& image,
                           const std::function<void(oci::ImageConfig&)>& edit);

// A word of COPY's or ADD's JSON form that means just itself.
std::string JsonWord(std::string_view text);

}  // namespace ibuild::cli
