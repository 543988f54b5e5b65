ibuild_fuzzer(plan USES plan oci parser support)
