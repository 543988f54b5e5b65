ibuild_bench(plan_bench SOURCES plan_bench.cc USES plan oci parser support LIBRARIES fmt::fmt)
