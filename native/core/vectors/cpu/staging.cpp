#include "core/vectors/cpu/staging.hpp"

#include <algorithm>
#include <vector>

namespace lbfgs {
namespace {

std::size_t entry_bytes(Dtype dtype) { return dtype == Dtype::float32 ? sizeof(float) : sizeof(double); }

// `size` entries of `to` from to_at on <- those of `from` from from_at on, converted.
void convert(Dtype from_dtype, const void* from, Index from_at, Dtype to_dtype, void* to, Index to_at, Index size) {
  with_type(from_dtype, [&](auto from_entry) {
    with_type(to_dtype, [&](auto to_entry) {
      using From = decltype(from_entry);
      using To = decltype(to_entry);
      const From* const in = static_cast<const From*>(from) + from_at;
      std::transform(in, in + size, static_cast<To*>(to) + to_at, [](From entry) { return static_cast<To>(entry); });
    });
  });
}

std::vector<ParameterView> views_of(const Parameters& caller, Dtype computing, void* data, void* gradients) {
  std::vector<ParameterView> views;
  std::size_t start = 0;
  for (std::size_t index = 0; index < caller.count(); ++index) {
    ParameterView view = caller[index];
    view.data = static_cast<std::byte*>(data) + start;
    view.grad_dtype = computing;
    view.grad = static_cast<std::byte*>(gradients) + start;
    views.push_back(view);
    start += static_cast<std::size_t>(view.size) * entry_bytes(computing);
  }
  return views;
}

}  // namespace

Staging::Staging(const Parameters& caller, Dtype computing)
    : row_bytes_(static_cast<std::size_t>(caller.size()) * entry_bytes(computing)),
      data_(row_bytes_),
      gradients_(row_bytes_),
      views_(views_of(caller, computing, data_.data(), gradients_.data())) {}

void Staging::fetch_data(const Parameters& caller, Index at, Index size) {
  caller.for_each_piece(at, size, [&](const Piece& piece) {
    const ParameterView& copy = views_[piece.index];
    const Dtype dtype = piece.view.dtype;
    if (piece.view.data != nullptr)
      convert(dtype, piece.view.data, piece.from, dtype, copy.data, piece.from, piece.size);
  });
}

void Staging::fetch_gradients(const Parameters& caller, Index at, Index size) {
  caller.for_each_piece(at, size, [&](const Piece& piece) {
    ParameterView& copy = views_[piece.index];
    const Index in_row = piece.at - piece.from;  // where the parameter begins
    copy.grad = nullptr;
    if (piece.view.grad == nullptr) return;
    copy.grad =
        static_cast<std::byte*>(gradients_.data()) + static_cast<std::size_t>(in_row) * entry_bytes(copy.grad_dtype);
    convert(piece.view.grad_dtype, piece.view.grad, piece.from, copy.grad_dtype, copy.grad, piece.from, piece.size);
  });
}

void Staging::deliver_data(const Parameters& caller, Index at, Index size) const {
  caller.for_each_piece(at, size, [&](const Piece& piece) {
    const Dtype dtype = piece.view.dtype;
    if (piece.view.data != nullptr)
      convert(dtype, views_[piece.index].data, piece.from, dtype, piece.view.data, piece.from, piece.size);
  });
}

}  // namespace lbfgs
