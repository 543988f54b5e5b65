ibuild_fuzzer(oci_image_config USES oci support)
