ibuild_bench(layers_bench
  SOURCES layers_bench.cc
  USES layers oci support)
