// The only exit.
#include "cli/program.h"

int main(int argc, char** argv) {
  return ibuild::cli::RunProgram(argc > 0 ? argv[0] : "ibuild",
                                 std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
