// The caller's side of a test: the arrays of some parameters, and the core's views of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/vectors/parameters.hpp"

namespace lbfgs::test {

using Vector = std::vector<double>;

/// Parameters of one dtype. Flat vectors are concatenated in the order of the parameters.
template <class T>
class Arrays {
public:
  explicit Arrays(const std::vector<std::size_t>& sizes) {
    for (const std::size_t size : sizes) {
      data_.emplace_back(size);
      grad_.emplace_back(size);
    }
  }

  Parameters parameters() { return Parameters(views()); }

  std::vector<ParameterView> views() {
    constexpr Dtype dtype = sizeof(T) == sizeof(float) ? Dtype::float32 : Dtype::float64;
    std::vector<ParameterView> views;
    for (std::size_t i = 0; i < data_.size(); ++i) {
      const bool has_grad = i != without_grad_;
      views.push_back(
          {dtype, static_cast<Index>(data_[i].size()), data_[i].data(), dtype, has_grad ? grad_[i].data() : nullptr});
    }
    return views;
  }

  /// From now on (before `parameters()`) this parameter has no gradient.
  void drop_grad(std::size_t parameter) { without_grad_ = parameter; }

  Vector x() const { return flat(data_); }
  Vector grad() const { return flat(grad_); }
  void set_x(const Vector& values) { fill(data_, values); }
  void set_grad(const Vector& values) { fill(grad_, values); }

private:
  using Lists = std::vector<std::vector<T>>;

  static Vector flat(const Lists& lists) {
    Vector all;
    for (const std::vector<T>& list : lists) all.insert(all.end(), list.begin(), list.end());
    return all;
  }
  static void fill(Lists& lists, const Vector& values) {
    std::size_t at = 0;
    for (std::vector<T>& list : lists) {
      for (T& entry : list) entry = static_cast<T>(values.at(at++));
    }
  }

  Lists data_;
  Lists grad_;
  std::size_t without_grad_ = static_cast<std::size_t>(-1);
};

}  // namespace lbfgs::test
