// MPI for TypeScript: the object `mpi` of the addon, whose functions lib/native/native.ts describes.
#pragma once

#include <node_api.h>

namespace lbfgs {

napi_value mpi_functions(napi_env env);

}  // namespace lbfgs
