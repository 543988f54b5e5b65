// Taking the names off images that are not to be kept. What nothing leads to then is for
// layers::Prune to remove.
#pragma once

#include <filesystem>
#include <string>

#include "cli/images/image_filter.h"

namespace ibuild::cli {

// Of what the filter lets through in the store at `root`: images without a name, and with `named`
// all others; but one that a container was made from keeps the name that it was called by there, or
// one of its names, running or not. What happened, a line each.
std::string PruneImages(const std::filesystem::path& root, const ImageFilter& filter, bool named);

}  // namespace ibuild::cli
