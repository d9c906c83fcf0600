# Linux addons for the other machines: clang and lld with a sysroot of scripts/prebuild/sysroot.mjs, C++ runtime linked
# statically. Given by scripts/prebuild/cmake-options.mjs: LBFGS_TRIPLE, LBFGS_SYSROOT.

list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES LBFGS_TRIPLE LBFGS_SYSROOT)
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${LBFGS_TRIPLE}")

set(CMAKE_CXX_COMPILER clang++-14)
set(CMAKE_CXX_COMPILER_TARGET ${LBFGS_TRIPLE})
# Only libc++ has sources in C and assembly.
set(CMAKE_C_COMPILER clang-14)
set(CMAKE_C_COMPILER_TARGET ${LBFGS_TRIPLE})
set(CMAKE_ASM_COMPILER clang-14)
set(CMAKE_ASM_COMPILER_TARGET ${LBFGS_TRIPLE})
set(CMAKE_SYSROOT ${LBFGS_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

# Not CMAKE_<…>_FLAGS_INIT: cmake-js sets the flags themselves, and then the _INIT ones do not count.
# icf=all: functions with the same instructions become one, also those whose address is taken; nothing here compares
# addresses of functions.
add_link_options(-fuse-ld=lld -Wl,--gc-sections -Wl,--icf=all -Wl,--hash-style=gnu -Wl,--exclude-libs,ALL)
add_compile_options(-ffunction-sections -fdata-sections)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  add_compile_options(-mno-outline-atomics) # outlined atomics call a function of glibc that musl lacks
endif()

if(LBFGS_TRIPLE MATCHES "musl$")
  # libc++ beside musl's own files. -nodefaultlibs: clang would add GCC's runtime, which was made for glibc.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-nostdinc++> "SHELL:-isystem ${LBFGS_SYSROOT}/usr/include/c++/v1")
  add_link_options(-nodefaultlibs)
  set(CMAKE_CXX_STANDARD_LIBRARIES "-lc++ -lc++abi -lunwind -lgcc -lc")
else()
  add_link_options(-static-libstdc++ -static-libgcc)
endif()
