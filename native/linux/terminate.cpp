// Where libstdc++ is linked statically: what it would say of an exception that nobody catches needs a demangler of 50
// kB.

#include <cstdlib>

namespace __gnu_cxx {

void __verbose_terminate_handler();
void __verbose_terminate_handler() { std::abort(); }

}  // namespace __gnu_cxx
