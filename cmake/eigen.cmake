# Defines lbfgs_eigen: Eigen's headers, from the first of these that is there, and says which one it took.
#   1. native/vendor/eigen, filled by scripts/fetch-eigen.mjs and carried by the npm package
#   2. an installed Eigen of at least 3.4 (3.4's own version file refuses 5.x as "incompatible", so the comparison is made here)
#   3. a download, only if LBFGS_FETCH_EIGEN allows it: an install never downloads silently

set(vendored "${CMAKE_CURRENT_SOURCE_DIR}/native/vendor/eigen")
set(eigen_include "")

if(EXISTS "${vendored}/Eigen/Core")
  set(eigen_include "${vendored}")
  message(STATUS "Eigen: vendored, ${vendored}")
else()
  find_package(Eigen3 QUIET NO_MODULE)
  if(Eigen3_FOUND AND Eigen3_VERSION VERSION_GREATER_EQUAL 3.4)
    get_target_property(eigen_include Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
    message(STATUS "Eigen: system ${Eigen3_VERSION}, ${eigen_include}")
  elseif(LBFGS_FETCH_EIGEN)
    include(FetchContent)
    FetchContent_Declare(eigen
      URL https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.gz
      URL_HASH SHA256=8586084f71f9bde545ee7fa6d00288b264a2b7ac3607b974e54d13e7162c1c72
      SOURCE_SUBDIR none) # headers only: Eigen's own CMake project is not wanted
    FetchContent_MakeAvailable(eigen)
    set(eigen_include "${eigen_SOURCE_DIR}")
    message(STATUS "Eigen: downloaded 3.4.0, ${eigen_include}")
  else()
    if(Eigen3_FOUND)
      set(found "only Eigen ${Eigen3_VERSION} is installed")
    else()
      set(found "it is neither in native/vendor/eigen nor installed")
    endif()
    message(FATAL_ERROR
      "Eigen 3.4 or newer is needed, but ${found}. Any one of these helps:\n"
      "  node scripts/fetch-eigen.mjs        fills native/vendor/eigen\n"
      "  apt-get install libeigen3-dev       or your system's package of Eigen >= 3.4\n"
      "  LBFGS_FETCH_EIGEN=ON                in the environment, or -DLBFGS_FETCH_EIGEN=ON: lets CMake download it\n")
  endif()
endif()

find_package(Threads REQUIRED)
add_library(lbfgs_eigen INTERFACE)
target_include_directories(lbfgs_eigen SYSTEM INTERFACE ${eigen_include})
target_compile_definitions(lbfgs_eigen INTERFACE EIGEN_MPL2_ONLY)
