# ibuild_room(<name> SOURCES ... USES <rooms> LIBRARIES <targets>)
#
# A room is one static library under its own name. USES are the rooms that it may see; LIBRARIES
# are private, so that no room reaches a library through another room.
add_library(ibuild_options INTERFACE)
target_compile_options(ibuild_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wswitch-enum)
target_compile_definitions(ibuild_options INTERFACE _GLIBCXX_ASSERTIONS _FILE_OFFSET_BITS=64)
if(IBUILD_WERROR)
  target_compile_options(ibuild_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(ibuild_options INTERFACE -Wthread-safety)
endif()
if(IBUILD_SANITIZE)
  target_compile_options(ibuild_options INTERFACE -fsanitize=${IBUILD_SANITIZE}
                                                  -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(ibuild_options INTERFACE -fsanitize=${IBUILD_SANITIZE})
endif()

set(IBUILD_COMMON_HEADERS <algorithm> <filesystem> <functional> <map> <memory> <mutex> <optional> <span>
                          <string> <string_view> <variant> <vector>)

function(ibuild_precompile target)
  if(IBUILD_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${IBUILD_COMMON_HEADERS} ${ARGN})
  endif()
endfunction()

function(ibuild_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  add_library(ibuild_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(ibuild_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(ibuild_${name} PRIVATE ibuild_options ${ROOM_LIBRARIES})
  ibuild_precompile(ibuild_${name})
  foreach(room IN LISTS ROOM_USES)
    target_link_libraries(ibuild_${name} PUBLIC ibuild_${room})
  endforeach()
endfunction()

# ibuild_test(<name> SOURCES ... USES <rooms> [LIBRARIES <targets>]): a GoogleTest program whose
# cases ctest lists one by one, run from the source root so that testdata/ is found.
function(ibuild_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ibuild_options ${TEST_LIBRARIES} GTest::gmock_main)
  foreach(room IN LISTS TEST_USES)
    target_link_libraries(${name} PRIVATE ibuild_${room})
  endforeach()
  ibuild_precompile(${name} <gmock/gmock.h> <gtest/gtest.h>)
  # Cases of a table are numbered: their values have no names, and bytes of memory are none.
  gtest_discover_tests(${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} NO_PRETTY_VALUES
                       DISCOVERY_MODE PRE_TEST PROPERTIES LABELS unit)
endfunction()
