// The recorded traces in test/golden, read for replaying.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "core/types/options.hpp"

namespace lbfgs::test {

using Json = nlohmann::json;

inline Json read_json(const std::string& name) {
  const char* const folder = std::getenv("LBFGS_GOLDEN_DIR");
  if (folder == nullptr) throw std::runtime_error("LBFGS_GOLDEN_DIR must name the folder of the recorded traces");
  std::ifstream file(std::string(folder) + "/" + name);
  if (!file) throw std::runtime_error(std::string(folder) + "/" + name + " cannot be read");
  return Json::parse(file);
}

/// A number, or the name of one that is not finite; null (no gradient) is zero.
inline double number(const Json& value) {
  if (value.is_null()) return 0.0;
  if (value.is_string()) return std::stod(value.get<std::string>());
  return value.get<double>();
}

inline Vector numbers(const Json& values) {
  Vector all;
  for (const Json& value : values) all.push_back(number(value));
  return all;
}

inline void set_option(Options& options, const std::string& key, const Json& value) {
  if (key == "lr")
    options.lr = number(value);
  else if (key == "max_iter")
    options.max_iter = value;
  else if (key == "max_eval")
    options.max_eval = value;
  else if (key == "tolerance_grad")
    options.tolerance_grad = number(value);
  else if (key == "tolerance_change")
    options.tolerance_change = number(value);
  else if (key == "history_size")
    options.history_size = value;
  else if (key == "line_search_fn")
    options.line_search = value.is_null() ? LineSearch::none : LineSearch::strong_wolfe;
  else
    throw std::runtime_error("unknown option " + key);
}

inline Options read_options(const Json& given) {
  Options options;
  for (const auto& [key, value] : given.items()) set_option(options, key, value);
  if (!given.contains("max_eval")) options.max_eval = options.max_iter * 5 / 4;
  return options;
}

inline std::vector<std::size_t> read_sizes(const Json& shapes) {
  std::vector<std::size_t> sizes;
  for (const Json& shape : shapes) {
    std::size_t size = 1;
    for (const Json& length : shape) size *= length.get<std::size_t>();
    sizes.push_back(size);
  }
  return sizes;
}

/// Whether the case records a behaviour of torch that this library has too.
inline bool is_model(const Json& record) {
  if (!record["fault"].is_null() && record["fault"]["type"] != "grad_none") return false;
  for (const Json& step : record["steps"]) {
    if (step.contains("error") && !step["error"].is_null()) return false;
  }
  return true;
}

/// |ours - recorded| relative to the largest recorded entry; 0 where both are zero.
inline double relative_deviation(const Vector& ours, const Vector& recorded) {
  if (ours.size() != recorded.size()) return INFINITY;
  double difference = 0.0;
  double size = 0.0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    difference = std::fmax(difference, std::isnan(ours[i]) ? INFINITY : std::abs(ours[i] - recorded[i]));
    size = std::fmax(size, std::abs(recorded[i]));
  }
  return difference == 0.0 ? 0.0 : difference / size;
}
inline double relative_deviation(double ours, double recorded) {
  return relative_deviation(Vector{ours}, Vector{recorded});
}

}  // namespace lbfgs::test
