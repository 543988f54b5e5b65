# IBUILD_UNITY compiles a room's sources in batches, which takes a third of the time. Two files of a
# room may call their own helpers as they like; where their names meet in a batch, one of them is
# named here and stays alone.
function(ibuild_alone)
  foreach(file IN LISTS ARGN)
    string(REGEX REPLACE "/.*" "" room ${file})
    if(file MATCHES "^builder/plan/")
      set(room plan)
    endif()
    set_source_files_properties(${PROJECT_SOURCE_DIR}/${file} TARGET_DIRECTORY ibuild_${room}
                                PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()
endfunction()

if(IBUILD_UNITY)
  foreach(room support oci parser layers registry sandbox plan builder containers cli)
    set_target_properties(ibuild_${room} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endforeach()
  file(GLOB tables RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS cli/tools/*.cc cli/template/*.cc)
  ibuild_alone(
    ${tables}
    builder/copy/upper_writer.cc
    cli/containers/logs.cc
    cli/parse_line.cc
    containers/monitor/connection_pump.cc
    containers/network/join_message.cc
    layers/archive/make_exportable.cc
    layers/tar/writer.cc
    parser/check/render_check_sarif.cc
    parser/pattern/rule_index.cc
    registry/client/download.cc
    registry/client/tags.cc
    support/rooted_dir.cc
    support/suggest.cc)
endif()
