foreach(target registry_challenge registry_documents registry_headers registry_reference)
  ibuild_fuzzer(${target} USES registry oci support)
endforeach()
