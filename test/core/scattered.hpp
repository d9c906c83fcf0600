// A long vector in parameters of both dtypes, whose borders lie on, near and between those of the chunks.
#pragma once

#include <vector>

#include "core/vectors/cpu/cpu_vectors.hpp"
#include "random.hpp"
#include "record.hpp"

namespace lbfgs::test {

/// The arrays of one parameter.
struct Scrap {
  Index size;
  Dtype dtype;
  Dtype grad_dtype;
  bool has_grad = true;
  std::vector<float> data32 = {}, grad32 = {};
  std::vector<double> data64 = {}, grad64 = {};
};

class Scattered {
public:
  /// Eight chunks, whose borders lie within parameters, between them, and next to those of parameters. narrow: all is
  /// float32, but for some gradients.
  explicit Scattered(bool narrow) {
    constexpr Dtype f32 = Dtype::float32;
    constexpr Dtype f64 = Dtype::float64;
    const Dtype wide = narrow ? f32 : f64;
    add(1, wide, f64);
    add(chunk_size - 1, f32, f32);  // up to a border
    add(7, wide, wide);
    add(0, f32, f32);
    add(chunk_size + 13, wide, f32);
    add(900, f32, f64);
    add(2 * chunk_size + 300, wide, wide);  // a whole chunk inside
    add(311, f32, f32, false);
    add(2 * chunk_size, wide, f64);
    add(0, wide, wide, false);
    add(chunk_size + 5, f32, f32, false);  // a border without a gradient
    add(3, wide, wide);
    add(chunk_size - 1542, wide, f32);  // 8 chunks, less 3 entries: they have the greatest length
  }

  /// Fills the values with random numbers.
  void draw_data(Random& random) {
    for (Scrap& scrap : scraps_) {
      fill(scrap.data32, random);
      fill(scrap.data64, random);
    }
  }
  void draw_gradient(Random& random) {
    for (Scrap& scrap : scraps_) {
      fill(scrap.grad32, random);
      fill(scrap.grad64, random);
    }
  }

  Parameters parameters() {
    std::vector<ParameterView> views;
    for (Scrap& scrap : scraps_) {
      void* const data = scrap.dtype == Dtype::float32 ? static_cast<void*>(scrap.data32.data()) : scrap.data64.data();
      void* const grad =
          scrap.grad_dtype == Dtype::float32 ? static_cast<void*>(scrap.grad32.data()) : scrap.grad64.data();
      views.push_back({scrap.dtype, scrap.size, data, scrap.grad_dtype, scrap.has_grad ? grad : nullptr});
    }
    return Parameters(views);
  }

  void record(Record& record) const {
    for (const Scrap& scrap : scraps_) {
      record.add(scrap.data32);
      record.add(scrap.data64);
      record.add(scrap.grad32);
      record.add(scrap.grad64);
    }
  }
  std::vector<Scrap>& scraps() { return scraps_; }

  /// The flat gradient, rounded to T; 0 where there is none.
  template <class T>
  std::vector<T> gradient() const {
    std::vector<T> flat;
    for (const Scrap& scrap : scraps_) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(scrap.size); ++i) {
        const double entry =
            scrap.grad_dtype == Dtype::float32 ? static_cast<double>(scrap.grad32[i]) : scrap.grad64[i];
        flat.push_back(scrap.has_grad ? static_cast<T>(entry) : T{0});
      }
    }
    return flat;
  }

private:
  void add(Index size, Dtype dtype, Dtype grad_dtype, bool has_grad = true) {
    Scrap& scrap = scraps_.emplace_back(Scrap{size, dtype, grad_dtype, has_grad});
    const auto length = static_cast<std::size_t>(size);
    if (dtype == Dtype::float32) scrap.data32.resize(length);
    if (dtype == Dtype::float64) scrap.data64.resize(length);
    if (grad_dtype == Dtype::float32) scrap.grad32.resize(length);
    if (grad_dtype == Dtype::float64) scrap.grad64.resize(length);
  }

  // Fills the array in place, since the core has its address.
  template <class T>
  static void fill(std::vector<T>& values, Random& random) {
    for (T& value : values) value = static_cast<T>(random.next());
  }

  std::vector<Scrap> scraps_;
};

}  // namespace lbfgs::test
