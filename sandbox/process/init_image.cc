#include "sandbox/process/init_image.h"

#include <string_view>

#include "sandbox/spec/program.h"

// The linker takes the file in as it is; IBUILD_SANDBOX_INIT is its path in the build directory.
__asm__(
    ".pushsection .rodata\n"
    ".globl ibuild_sandbox_init, ibuild_sandbox_init_end\n"
    "ibuild_sandbox_init: .incbin \"" IBUILD_SANDBOX_INIT
    "\"\n"
    "ibuild_sandbox_init_end: .byte 0\n"
    ".popsection\n");

extern "C" const char ibuild_sandbox_init[];
extern "C" const char ibuild_sandbox_init_end[];

namespace ibuild::builder {

int InitImage() {
  static const UniqueFd file = MakeMemoryFile(
      "ibuild-init",
      std::string_view(ibuild_sandbox_init,
                       static_cast<std::size_t>(ibuild_sandbox_init_end - ibuild_sandbox_init)));
  return file.get();
}

}  // namespace ibuild::builder
