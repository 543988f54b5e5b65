ibuild_bench(registry_bench
  SOURCES registry_bench.cc
  USES registry oci support
  LIBRARIES ibuild_fakes fmt::fmt)
