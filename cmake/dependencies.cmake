# Debian's packages, each behind one target.
#
# Archives are linked statically where their shared form drags in libraries that a build never
# uses (libarchive alone brings libxml2 and ICU, about 2 ms at every start). libcurl is not linked
# at all: registry/http loads it on first use (docs/decisions/0001-start-up.md).
include(FindPackageHandleStandardArgs)

function(ibuild_static_library target archive header)
  find_library(${target}_ARCHIVE NAMES ${archive} REQUIRED)
  find_path(${target}_INCLUDE ${header} REQUIRED)
  add_library(${target} INTERFACE IMPORTED)
  target_include_directories(${target} SYSTEM INTERFACE ${${target}_INCLUDE})
  target_link_libraries(${target} INTERFACE ${${target}_ARCHIVE})
endfunction()

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
ibuild_static_library(ibuild_zstd libzstd.a zstd.h)
ibuild_static_library(ibuild_zlib libz.a zlib.h)
ibuild_static_library(ibuild_bz2 libbz2.a bzlib.h)
ibuild_static_library(ibuild_lzma liblzma.a lzma.h)
ibuild_static_library(ibuild_deflate libdeflate.a libdeflate.h)
ibuild_static_library(ibuild_archive libarchive.a archive.h)
target_link_libraries(ibuild_archive INTERFACE ibuild_zstd ibuild_lzma ibuild_bz2 ibuild_zlib
                                               OpenSSL::Crypto)
