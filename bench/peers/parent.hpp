// An objective whose values the parent process computes; protocol.ts has the messages.
#pragma once

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "objectives.hpp"

namespace bench {

/** Asks the parent process for the loss and the gradient. Numbers that are not finite are sent as texts. */
template <class T>
Objective<T> values_of_parent(std::size_t n) {
  using Json = nlohmann::json;
  const auto number = [](const Json& json) {
    return static_cast<T>(json.is_string() ? std::stod(json.get<std::string>()) : json.get<double>());
  };
  const auto word = [](T value) {
    if (std::isfinite(value)) return Json(value);
    return Json(std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
  };
  return [n, number, word](const T* x, T* g) {
    Json point = Json::array();
    std::transform(x, x + n, std::back_inserter(point), word);
    std::cout << Json{{"x", std::move(point)}}.dump() << std::endl;
    std::string line;
    if (!std::getline(std::cin, line)) throw std::runtime_error("the parent does not answer");
    const Json values = Json::parse(line);
    std::transform(values.at("g").begin(), values.at("g").end(), g, number);
    return number(values.at("f"));
  };
}

}  // namespace bench
