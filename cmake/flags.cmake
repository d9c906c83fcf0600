# Defines lbfgs_flags, the options that our own code is compiled with: every target of ours links it PRIVATE. Defines
# lbfgs_counted, further options where executed lines are counted.

add_library(lbfgs_flags INTERFACE)
set(instrumented OFF)
if(LBFGS_SANITIZE OR LBFGS_COVERAGE)
  set(instrumented ON)
endif()

if(MSVC)
  target_compile_options(lbfgs_flags INTERFACE /W4 /permissive- /utf-8 /EHsc /fp:precise $<$<BOOL:${LBFGS_WERROR}>:/WX>)
  target_compile_definitions(lbfgs_flags INTERFACE NOMINMAX WIN32_LEAN_AND_MEAN)
else()
  target_compile_options(lbfgs_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual
    -Wcast-align -Wcast-qual -Wformat=2 -Wimplicit-fallthrough -Wextra-semi -Wunused -Wmissing-declarations
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wduplicated-branches -Wlogical-op>
    $<$<BOOL:${LBFGS_WERROR}>:-Werror>
    # A fused multiply-add rounds once where the written code rounds twice; without it every path gives the same
    # numbers.
    -ffp-contract=off
    # GCC 12's vectoriser of straight-line code drops a rounding to float between two doubles.
    $<$<CXX_COMPILER_ID:GNU>:-fno-tree-slp-vectorize>)
  if(instrumented)
    # GCC's flow analysis cannot see through the instrumentation and warns of values that are always set.
    target_compile_options(lbfgs_flags INTERFACE -O1 -g $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  else()
    # Clang's -O3 makes the kernels half as large again and no faster. A target with the property LBFGS_SMALL gives up
    # some speed for a smaller addon.
    set(clang_level $<IF:$<BOOL:$<TARGET_PROPERTY:LBFGS_SMALL>>,-Os,-O2>)
    target_compile_options(lbfgs_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:$<IF:$<CXX_COMPILER_ID:GNU>,-O3,${clang_level}>>)
  endif()
endif()

# Where the code is being tested, Eigen's and the standard library's own assertions are on as well.
if(LBFGS_CORE_TESTS OR LBFGS_SANITIZE)
  target_compile_options(lbfgs_flags INTERFACE $<IF:$<BOOL:${MSVC}>,/UNDEBUG,-UNDEBUG>)
  target_compile_definitions(lbfgs_flags INTERFACE _GLIBCXX_ASSERTIONS)
endif()

if(LBFGS_SANITIZE)
  target_compile_options(lbfgs_flags INTERFACE -fsanitize=${LBFGS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(lbfgs_flags INTERFACE -fsanitize=${LBFGS_SANITIZE})
  # Clang 14 cannot put the mark of this check in front of a coroutine.
  target_compile_options(lbfgs_flags INTERFACE $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
  if(LBFGS_SANITIZE STREQUAL "thread")
    # GCC warns that ThreadSanitizer does not see the fence in Eigen's thread pool.
    target_compile_options(lbfgs_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
  message(STATUS "Sanitizers: ${LBFGS_SANITIZE}")
endif()

# What is counted: the core and the binding, not the tests.
add_library(lbfgs_counted INTERFACE)
if(LBFGS_COVERAGE)
  # Atomic counters would double the run time. Without them threads may lose counts, but coverage asks only whether a
  # line ran.
  target_compile_options(lbfgs_counted INTERFACE --coverage -fprofile-update=single $<$<CXX_COMPILER_ID:GNU>:-fprofile-abs-path>)
  target_link_options(lbfgs_counted INTERFACE --coverage)
endif()
