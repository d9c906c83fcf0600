// Counts the evaluations of a solve and notes when each target is reached; meter.ts is the same in TypeScript and tells
// what the printed fields mean.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "objectives.hpp"

class Meter {
public:
  /** `targets`: losses, falling. */
  Meter(const std::string& problem, const std::string& file, std::vector<double> targets)
      : data_(read_data(file)), objective_(objective_named(problem)), targets_(std::move(targets)) {}

  const std::vector<double>& x0() const { return data_.x0; }

  double evaluate(const double* x, double* g) {
    const double loss = objective_(data_, x, g);
    if (calls_++ == 0) first_ = loss;
    while (evaluations_.size() < targets_.size() && loss <= targets_[evaluations_.size()]) {
      evaluations_.push_back(calls_);
      ms_.push_back(since(began_));
    }
    return loss;
  }

  /** Begins another solve: until the process is warm, then for the record, at least one each. False: all is done and
   * printed. */
  bool again() {
    if (solves_ > 0 && since(phase_began_) >= kPhaseMs) {
      if (std::exchange(timed_, true)) return print();
      solves_ = 0;
    }
    if (solves_++ == 0) phase_began_ = Clock::now();
    calls_ = 0;
    evaluations_.clear();
    ms_.clear();
    began_ = Clock::now();
    return true;
  }

  /** Ends a solve with what the library returned. */
  void report(const double* x, int iterations, const std::string& status) {
    if (!timed_) return;
    end_.assign(x, x + data_.x0.size());
    evaluations_.resize(targets_.size());
    ms_.resize(targets_.size());
    std::vector<double> g(data_.x0.size());
    const double loss = objective_(data_, x, g.data());
    double grad_norm = 0;
    for (const double entry : g) grad_norm = std::max(grad_norm, std::abs(entry));
    lines_.push_back("\"first\":" + number(first_) + ",\"evaluations\":" + list(evaluations_) + ",\"ms\":" + list(ms_) +
                     ",\"allEvaluations\":" + number(calls_) + ",\"iterations\":" + number(iterations) + ",\"loss\":" +
                     number(loss) + ",\"gradNorm\":" + number(grad_norm) + ",\"status\":\"" + status + '"');
  }

private:
  using Clock = std::chrono::steady_clock;
  static constexpr double kPhaseMs = 200;

  static double since(Clock::time_point then) {
    return std::chrono::duration<double, std::milli>(Clock::now() - then).count();
  }

  static std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value);
    return text;
  }

  template <typename Value>
  static std::string list(const std::vector<Value>& values) {
    std::string text;
    for (const Value value : values) text += (text.empty() ? "[" : ",") + number(value);
    return text + "]";
  }

  /** Always false. */
  bool print() const {
    std::vector<double> g(end_.size());
    const auto began = Clock::now();
    for (int i = 0; i < calls_; i++) objective_(data_, end_.data(), g.data());
    const std::string evaluation_ms = number(since(began) / calls_);
    for (const std::string& line : lines_)
      std::printf("{%s,\"evaluationMs\":%s}\n", line.c_str(), evaluation_ms.c_str());
    std::fflush(stdout);
    return false;
  }

  Data data_;
  Objective objective_;
  std::vector<double> targets_;
  Clock::time_point began_;
  Clock::time_point phase_began_;
  bool timed_ = false;
  int solves_ = 0;
  int calls_ = 0;
  double first_ = 0;
  std::vector<int> evaluations_;
  std::vector<double> ms_;
  std::vector<double> end_;
  std::vector<std::string> lines_;
};
