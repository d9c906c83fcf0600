# Defines lbfgs_kernels: native/core/vectors/cpu/kernels/kernels.cpp, compiled once for each instruction set that the
# addon chooses from when it is loaded. The compiler contracts no multiplication and addition (cmake/flags.cmake), so
# all compilations give the same bits.

add_library(lbfgs_kernels INTERFACE)

function(lbfgs_add_kernels name)
  add_library(lbfgs_kernels_${name} OBJECT native/core/vectors/cpu/kernels/kernels.cpp)
  target_include_directories(lbfgs_kernels_${name} PRIVATE native)
  target_compile_definitions(lbfgs_kernels_${name} PRIVATE LBFGS_INSTRUCTION_SET=${name})
  target_link_libraries(lbfgs_kernels_${name} PRIVATE lbfgs_flags lbfgs_counted)
  target_compile_options(lbfgs_kernels_${name} PRIVATE ${ARGN})
  if(LBFGS_TRIPLE MATCHES "linux")
    # A published addon has no unwind tables for the kernels: a kernel throws nothing and calls nothing that throws.
    target_compile_options(lbfgs_kernels_${name} PRIVATE -fno-exceptions -fno-unwind-tables -fno-asynchronous-unwind-tables)
  endif()
  target_sources(lbfgs_kernels INTERFACE $<TARGET_OBJECTS:lbfgs_kernels_${name}>)
endfunction()

lbfgs_add_kernels(baseline)
lbfgs_add_kernels(scalar)
target_compile_definitions(lbfgs_kernels_scalar PRIVATE LBFGS_SCALAR)
# One Mac compiles for both of its architectures.
if(CMAKE_OSX_ARCHITECTURES)
  set(processor ${CMAKE_OSX_ARCHITECTURES})
else()
  set(processor ${CMAKE_SYSTEM_PROCESSOR})
endif()
# GCC aligns the stack of Windows to 16 bytes only.
if(processor MATCHES "^(x86_64|AMD64|amd64)$" AND NOT MSVC AND NOT (MINGW AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU"))
  set_target_properties(lbfgs_kernels_baseline PROPERTIES LBFGS_SMALL ON) # for processors from before 2013
  lbfgs_add_kernels(avx2 -mavx2 -mfma)
  target_compile_definitions(lbfgs_kernels INTERFACE LBFGS_AVX2)
  # The Windows addon would be larger than 1 MB.
  if(NOT WIN32)
    lbfgs_add_kernels(avx512 -mavx512f -mavx512vl -mavx512dq -mprefer-vector-width=512)
    # GCC 12's own header of the AVX-512 instructions triggers these two warnings (GCC bug 105593).
    target_compile_options(lbfgs_kernels_avx512 PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized>)
    target_compile_definitions(lbfgs_kernels INTERFACE LBFGS_AVX512)
  endif()
endif()
