# The Windows addon for x64, on another machine: clang and lld with the headers and libraries of MinGW-w64. Not GCC,
# which aligns the stack of Windows to 16 bytes only, while AVX2 spills registers of 32. Nothing but Windows' own
# libraries is needed where the addon runs.

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_CXX_COMPILER clang++-14)
set(CMAKE_CXX_COMPILER_TARGET x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

# Clang does not find the libstdc++ for POSIX threads, whose folder Debian names after them.
execute_process(COMMAND x86_64-w64-mingw32-g++-posix -print-file-name=include/c++
  OUTPUT_VARIABLE libstdcxx OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
find_program(lld ld.lld-14 REQUIRED)
# Not CMAKE_<…>_FLAGS_INIT: cmake-js sets the flags themselves, and then the _INIT ones do not count.
add_compile_options(-ffunction-sections -fdata-sections
  -nostdinc++ "SHELL:-isystem ${libstdcxx}" "SHELL:-isystem ${libstdcxx}/x86_64-w64-mingw32")
add_link_options(-fuse-ld=${lld} -static -L${libstdcxx}/../.. -Wl,--gc-sections -Wl,--icf=all -Wl,--exclude-all-symbols)
set(CMAKE_CXX_STANDARD_LIBRARIES -lpthread)
