ibuild_fuzzer(support_json USES support)
