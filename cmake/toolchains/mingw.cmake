# The Windows addon for x64, by MinGW-w64 on another machine. Nothing but Windows' own libraries is needed where it
# runs.

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

# Not CMAKE_<…>_FLAGS_INIT: cmake-js sets the flags themselves, and then the _INIT ones do not count.
add_link_options(-static -Wl,--gc-sections -Wl,--exclude-all-symbols)
add_compile_options(-ffunction-sections -fdata-sections)
