#!/bin/sh
# Installs the libraries that the benchmark compares with, and compiles the harnesses into build-bench/. A library that
# is missing is printed, and listed in the benchmark's tables, and does not stop the rest. For Debian; apt-get needs
# root.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build-bench
mkdir -p "$build/peers" "$build/npm"

# Each package is installed by itself: apt-get installs none where one of them is unknown.
for package in nlohmann-json3-dev liblbfgs-dev liblbfgspp-dev libeigen3-dev libnlopt-dev python3-scipy python3-torch libtorch-dev; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' && continue
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" >/dev/null 2>&1 || echo "missing: $package"
done

# These go into a folder of their own, without a lockfile: none of them is a dependency of this package.
for package in numeric fmin optimization-js; do
  npm install --prefix "$build/npm" --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error "$package" >/dev/null ||
    echo "missing: $package"
done

compile() { # compile NAME TO FLAGS...
  name=$1
  to=$build/peers/$2
  shift 2
  if "${CXX:-g++}" -std=c++20 -O3 -march=native -DNDEBUG -fopenmp-simd -w "$here/$name.cpp" -o "$to" "$@" \
    2>"$build/peers/$name.log"; then
    echo "built: $name"
  else
    echo "not built: $name (build-bench/peers/$name.log)"
  fi
}
objectives=$build/peers/objectives.o
compile objectives objectives.o -c -fPIC -ffp-contract=off
compile python python.so -shared -fPIC "$objectives"
compile bandwidth bandwidth -pthread
compile liblbfgs liblbfgs "$objectives" -llbfgs
compile lbfgspp lbfgspp "$objectives" -I/usr/include/eigen3
compile nlopt nlopt "$objectives" -lnlopt
compile libtorch libtorch "$objectives" -I/usr/include/torch/csrc/api/include -ltorch -ltorch_cpu -lc10
