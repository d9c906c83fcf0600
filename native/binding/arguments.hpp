// What the addon's methods ask of their arguments. TypeScript has checked them: these are for a fault of its own, or
// for somebody else who got hold of the addon.
#pragma once

#include <napi.h>

#include <cstddef>
#include <string>

namespace lbfgs {

inline void require(Napi::Env env, bool holds, const char* expected) {
  if (!holds) throw Napi::Error::New(env, std::string("Expected ") + expected);
}

inline std::size_t index_at(const Napi::CallbackInfo& info, std::size_t argument) {
  const std::int64_t index = info[argument].As<Napi::Number>().Int64Value();
  require(info.Env(), index >= 0, "an index");
  return static_cast<std::size_t>(index);
}

}  // namespace lbfgs
