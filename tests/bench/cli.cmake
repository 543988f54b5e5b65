ibuild_bench(program_bench
  SOURCES program_bench.cc
  USES support
  LIBRARIES fmt::fmt)
target_compile_definitions(program_bench PRIVATE IBUILD_PROGRAM="$<TARGET_FILE:ibuild>")
add_dependencies(program_bench ibuild)
