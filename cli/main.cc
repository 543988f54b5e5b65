#include <cstdio>

#include "cli/exit_code.h"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::puts("ibuild 0.1.0");
    return ibuild::cli::kExitOk;
  }
  std::fputs("error: no commands are linked into this program\n", stderr);
  return ibuild::cli::kExitUsage;
}
