// What the instructions that run nothing do to an image's configuration (Dockerfile reference;
// image-spec config.md).
//
// Each edit returns the text of the instruction's history entry, in BuildKit's words. Faults throw
// kInvalidInput in Docker's words.
#pragma once

#include <string>
#include <vector>

#include "builder/plan/scope.h"
#include "oci/image_config.h"
#include "parser/syntax/instruction.h"

namespace ibuild::builder {

// The image of a stage while its instructions are read.
struct StageImage {
  oci::ImageConfig config;
  StageScope scope;
  bool has_own_cmd = false;  // this stage said CMD: ENTRYPOINT must not clear it
};

std::string EditConfig(StageImage& image, const parser::Arg& arg);
std::string EditConfig(StageImage& image, const parser::Env& env);
std::string EditConfig(StageImage& image, const parser::Label& label);
std::string EditConfig(StageImage& image, const parser::Cmd& cmd);
std::string EditConfig(StageImage& image, const parser::Entrypoint& entrypoint);
std::string EditConfig(StageImage& image, const parser::User& user);
std::string EditConfig(StageImage& image, const parser::Expose& expose);
std::string EditConfig(StageImage& image, const parser::Volume& volume);
std::string EditConfig(StageImage& image, const parser::Healthcheck& healthcheck);
std::string EditConfig(StageImage& image, const parser::StopSignal& stop_signal);
std::string EditConfig(StageImage& image, const parser::Shell& shell);
std::string EditConfig(StageImage& image, const parser::Maintainer& maintainer);
// Absolute as written, relative joined to the current one and made lexically normal.
std::string EditConfig(StageImage& image, const parser::Workdir& workdir);

// The directory in which the stage works now: absolute and lexically normal.
std::string WorkingDirectoryOf(const StageImage& image);

// `command` as an argument vector, by the SHELL in force for the shell form.
std::vector<std::string> ArgvOf(const StageImage& image, const parser::ShellOrExec& command);

// Puts PATH into the environment when an image has none; Windows sees to that itself.
void EnsurePath(oci::ImageConfig& image);

}  // namespace ibuild::builder
