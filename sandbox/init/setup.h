// Runs the setup operations of a program.
#pragma once

#include "sandbox/init/wire.h"

namespace ibuild::builder::init {

// A mapped program: texts are reached by adding their offset.
class ProgramView {
 public:
  explicit ProgramView(char* base) : base_(base) {}

  const wire::Program& header() const { return *At<wire::Program>(0); }
  char* Text(wire::TextOffset offset) const { return base_ + offset; }
  template <typename T>
  T* At(uint32_t offset) const {
    return reinterpret_cast<T*>(base_ + offset);
  }

 private:
  char* base_;
};

// 0, or minus errno after sending kSetupFailed.
long RunSetup(const ProgramView& program);

}  // namespace ibuild::builder::init
