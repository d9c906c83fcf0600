# Links the addon (lbfgs) to Node on Windows: by a delay-loading import library for "node.exe", and a hook that resolves
# this name to the running program, whatever its file is called. The list of Node's functions comes with
# node-api-headers.

find_file(LBFGS_NODE_API_DEF node_api.def
  PATHS ${CMAKE_JS_INC} PATH_SUFFIXES . ../def REQUIRED NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
set(node_library "${CMAKE_CURRENT_BINARY_DIR}/node_api.lib")

target_sources(lbfgs PRIVATE native/windows/delay_load.cpp)
if(MSVC)
  execute_process(COMMAND ${CMAKE_AR} /nologo /def:${LBFGS_NODE_API_DEF} /out:${node_library} ${CMAKE_STATIC_LINKER_FLAGS}
    COMMAND_ERROR_IS_FATAL ANY)
  target_link_libraries(lbfgs PRIVATE ${node_library} delayimp)
  target_link_options(lbfgs PRIVATE /DELAYLOAD:node.exe)
else()
  find_program(LBFGS_DLLTOOL NAMES llvm-dlltool-14 llvm-dlltool REQUIRED)
  execute_process(COMMAND ${LBFGS_DLLTOOL} -m i386:x86-64 -d ${LBFGS_NODE_API_DEF} -D node.exe -l ${node_library}
    COMMAND_ERROR_IS_FATAL ANY)
  target_link_libraries(lbfgs PRIVATE ${node_library} delayimp)
  target_link_options(lbfgs PRIVATE -Wl,-Xlink=-delayload:node.exe) # lld's
endif()
# CMake counts a library on Windows as a "runtime" file. cmake-js sets that folder only where it runs on Windows itself.
if(CMAKE_CROSSCOMPILING)
  set_target_properties(lbfgs PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}")
endif()
