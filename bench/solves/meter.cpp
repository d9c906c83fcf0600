// The meter for Python's ctypes: the shared library has the objective in C++, so that Python's part of a solve is SciPy
// or torch and nothing else.

#include "meter.hpp"

extern "C" {
Meter* meter_new(const char* problem, const char* file, double coarse, double fine) {
  return new Meter(problem, file, {coarse, fine});  // lives as long as the process
}
int meter_size(const Meter* meter) { return static_cast<int>(meter->x0().size()); }
void meter_start(const Meter* meter, double* x) { std::copy(meter->x0().begin(), meter->x0().end(), x); }
double meter_evaluate(Meter* meter, const double* x, double* g) { return meter->evaluate(x, g); }
int meter_again(Meter* meter) { return meter->again() ? 1 : 0; }
void meter_report(Meter* meter, const double* x, int iterations, const char* status) {
  meter->report(x, iterations, status);
}
}
