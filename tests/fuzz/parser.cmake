foreach(target dockerfile expansion ignore_pattern json_form mount_csv)
  ibuild_fuzzer(${target} USES parser support)
endforeach()
