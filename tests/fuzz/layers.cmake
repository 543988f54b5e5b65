foreach(target layers_apply layers_decompress layers_tar)
  ibuild_fuzzer(${target} USES layers oci support)
endforeach()
