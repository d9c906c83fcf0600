# Defines fuzz_<name> for each test/fuzz/<name>.cpp: the core under libFuzzer. Clang only; see scripts/fuzz.mjs.

file(GLOB fuzz_sources CONFIGURE_DEPENDS test/fuzz/*.cpp)
foreach(source ${fuzz_sources})
  get_filename_component(name ${source} NAME_WE)
  add_executable(fuzz_${name} ${source})
  target_link_libraries(fuzz_${name} PRIVATE lbfgs_core lbfgs_flags)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endforeach()
