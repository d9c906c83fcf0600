# Defines lbfgs_core_tests: test/core/*.cpp on the core alone, without Node.
# The tests find the recorded traces at run time, by the environment variable LBFGS_GOLDEN_DIR.

find_package(doctest QUIET)
find_package(nlohmann_json QUIET)
file(GLOB core_test_sources CONFIGURE_DEPENDS test/core/*.cpp)

if(NOT doctest_FOUND OR NOT nlohmann_json_FOUND)
  message(WARNING
    "The C++ tests are left out: they need doctest and nlohmann_json (Debian: apt-get install doctest-dev nlohmann-json3-dev).")
elseif(NOT core_test_sources)
  message(WARNING "The C++ tests are left out: test/core has no .cpp files.")
else()
  enable_testing()
  add_executable(lbfgs_core_tests ${core_test_sources})
  target_link_libraries(lbfgs_core_tests PRIVATE lbfgs_core lbfgs_flags doctest::doctest nlohmann_json::nlohmann_json)
  # Where GCC inlines only one of the tests' own operators new and delete, it warns that the two do not match.
  target_compile_options(lbfgs_core_tests PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
  set_target_properties(lbfgs_core_tests PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}$<0:>")
  add_test(NAME core COMMAND lbfgs_core_tests)
  set_tests_properties(core PROPERTIES ENVIRONMENT "LBFGS_GOLDEN_DIR=${CMAKE_CURRENT_SOURCE_DIR}/test/golden")
endif()
