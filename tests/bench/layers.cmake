ibuild_bench(layers_bench
  SOURCES layers_bench.cc
  USES layers oci support)
ibuild_bench(layers_store_bench
  SOURCES layers_store_bench.cc
  USES layers oci support)
