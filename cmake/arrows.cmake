# Which folder of native/ may include which: the arrows of "The house" in CONTRIBUTING.md. A room is a folder below
# native/. Each room is followed by the rooms whose headers its files may include besides its own. The includes are
# checked before the core is compiled, or by `cmake -P cmake/arrows.cmake`.

set(arrows
  "core/types: "
  "core/memory: core/types"
  "core/ask: core/types"
  "core/line_search: core/types core/ask"
  "core/recursion: core/types core/memory"
  "core/vectors: core/types"
  "core/vectors/cpu/kernels: core/types"
  "core/vectors/cpu: core/types core/memory core/recursion core/vectors core/vectors/cpu/kernels"
  "core/methods: core/types core/ask core/line_search core/vectors"
  "core: core/types core/ask core/vectors core/methods"
  "mpi: "
  "binding: core core/line_search core/memory core/recursion core/vectors core/vectors/cpu mpi"
  "linux: "
  "windows: ")

if(CMAKE_SCRIPT_MODE_FILE)
  cmake_minimum_required(VERSION 3.21)
  get_filename_component(native "${CMAKE_CURRENT_LIST_DIR}/../native" ABSOLUTE)
  file(GLOB_RECURSE sources RELATIVE "${native}" "${native}/*.hpp" "${native}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "^vendor/")
  set(wrong "")
  foreach(source ${sources})
    get_filename_component(room "${source}" DIRECTORY)
    set(allowed "")
    foreach(arrow ${arrows})
      if(arrow MATCHES "^${room}:(.*)$")
        string(REPLACE " " ";" allowed "${room}${CMAKE_MATCH_1}")
      endif()
    endforeach()
    if(NOT allowed)
      string(APPEND wrong "native/${source}: the folder ${room} is no room of cmake/arrows.cmake\n")
    endif()
    file(STRINGS "${native}/${source}" includes REGEX "^ *# *include *\"")
    foreach(include ${includes})
      string(REGEX REPLACE "^[^\"]*\"([^\"]*)\".*$" "\\1" header "${include}")
      get_filename_component(from "${header}" DIRECTORY)
      if(NOT from IN_LIST allowed)
        string(APPEND wrong "native/${source}: ${room} may not include \"${header}\"\n")
      endif()
    endforeach()
  endforeach()
  if(wrong)
    message(FATAL_ERROR "Includes against the arrows of the house (cmake/arrows.cmake):\n${wrong}")
  endif()
else()
  add_custom_target(lbfgs_arrows COMMAND ${CMAKE_COMMAND} -P "${CMAKE_CURRENT_LIST_FILE}" COMMENT "Arrows between the rooms")
endif()
