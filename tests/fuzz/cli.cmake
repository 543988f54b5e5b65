ibuild_fuzzer(template USES cli)
