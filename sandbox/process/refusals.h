// Errors after which another way of running a command may work.
#pragma once

#include <utility>

#include "support/error.h"

namespace ibuild::builder {

// The store's file system takes no overlay.
class OverlayRefused : public Error {
 public:
  explicit OverlayRefused(Error error) : Error(std::move(error)) {}
};

// No namespaces can be made.
class NamespacesRefused : public Error {
 public:
  explicit NamespacesRefused(Error error) : Error(std::move(error)) {}
};

}  // namespace ibuild::builder
