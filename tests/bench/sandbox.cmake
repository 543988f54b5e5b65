ibuild_bench(sandbox_bench
  SOURCES sandbox_bench.cc
  USES sandbox support
  LIBRARIES fmt::fmt)
