// Replaces libstdc++'s handler of uncaught exceptions where libstdc++ is linked statically: the message of that handler
// needs a demangler of 50 kB.

#include <cstdlib>

namespace __gnu_cxx {

void __verbose_terminate_handler();
void __verbose_terminate_handler() { std::abort(); }

}  // namespace __gnu_cxx
