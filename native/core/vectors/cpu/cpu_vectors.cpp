#include "core/vectors/cpu/cpu_vectors.hpp"

#include <utility>

#include "core/vectors/cpu/region_vectors.hpp"
#include "core/vectors/cpu/typed_vectors.hpp"

namespace lbfgs {

std::unique_ptr<Vectors> cpu_vectors(Parameters parameters, Index history_size, Dtype history_dtype,
                                     std::optional<Recursion> recursion, bool diagonal) {
  std::unique_ptr<Vectors> vectors;
  if (parameters.all_of(Dtype::float32)) {
    vectors = std::make_unique<TypedVectors<float>>(std::move(parameters), recursion);
  } else {
    vectors = std::make_unique<TypedVectors<double>>(std::move(parameters), recursion);
  }
  vectors->resize_history(history_size, history_dtype, diagonal);
  return vectors;
}

std::unique_ptr<Vectors> region_vectors(Parameters parameters, Index history_size, Dtype history_dtype,
                                        const Region& region) {
  std::unique_ptr<Vectors> vectors = std::make_unique<RegionVectors>(std::move(parameters), region);
  vectors->resize_history(history_size, history_dtype);
  return vectors;
}

double cpu_vectors_bytes(Index n, Dtype computing, Index history_size, Dtype history_dtype, int threads, bool copied) {
  return with_type(computing, [&](auto entry) {
    using T = decltype(entry);
    const Index rows = TypedVectors<T>::rows_in_all + (copied ? Staging::rows : 0);
    return Storage<T>::bytes_of(rows, n) +
           History<T>::full_bytes(history_size, history_dtype, recursion_for(n, history_size), n, threads);
  });
}

}  // namespace lbfgs
