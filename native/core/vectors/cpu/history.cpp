#include "core/vectors/cpu/history.hpp"

#include "core/vectors/cpu/compact.hpp"
#include "core/vectors/cpu/two_loop.hpp"

namespace lbfgs {

Recursion recursion_for(Index n, Index capacity) {
  // Vectors of one chunk stay in the caches between the passes of the two loops. The compact form reads 3 capacity^2
  // products for each direction, which costs more than it saves unless the vectors are much longer than capacity.
  return n <= chunk_size || capacity > n / 16 ? Recursion::two_loop : Recursion::compact;
}

template <class T>
std::unique_ptr<History<T>> History<T>::create(Index capacity, Dtype stored, Recursion recursion, Index n,
                                               Chunks& chunks, bool diagonal) {
  const auto of = [&](auto entry) -> std::unique_ptr<History<T>> {
    using H = decltype(entry);
    if (diagonal || recursion == Recursion::two_loop) {
      return std::make_unique<TwoLoopHistory<T, H>>(capacity, n, diagonal);
    }
    return std::make_unique<CompactHistory<T, H>>(capacity, n, chunks);
  };
  if (stored == Dtype::float32) return of(float{});
  return of(T{});
}

template <class T>
double History<T>::full_bytes(Index capacity, Dtype stored, Recursion recursion, Index n, int threads) {
  const auto of = [&](auto entry) {
    using H = decltype(entry);
    if (recursion == Recursion::two_loop) return TwoLoopHistory<T, H>::full_bytes(capacity, n);
    return CompactHistory<T, H>::full_bytes(capacity, n, threads);
  };
  if (stored == Dtype::float32) return of(float{});
  return of(T{});
}

template class History<float>;
template class History<double>;

}  // namespace lbfgs
