ibuild_bench(plan_bench SOURCES plan_bench.cc USES plan oci parser support LIBRARIES fmt::fmt)
ibuild_bench(copy_bench SOURCES copy_bench.cc USES builder plan sandbox layers parser oci support
             LIBRARIES fmt::fmt)
