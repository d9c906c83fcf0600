// Environment variables for the time of a test.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace lbfgs::test {

/// Sets a variable, and puts back what it was in the end. No other thread may look at the environment meanwhile.
class Environment {
public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    set(value);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { set(before_ ? before_->c_str() : ""); }

private:
  // An empty value is as good as none.
  void set(const char* value) const {
#if defined(_WIN32)
    _putenv_s(name_, value);
#else
    setenv(name_, value, 1);
#endif
  }

  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace lbfgs::test
