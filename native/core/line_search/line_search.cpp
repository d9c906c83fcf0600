#include "core/line_search/line_search.hpp"

#include "core/line_search/noise_tolerant.hpp"
#include "core/line_search/strong_wolfe.hpp"

namespace lbfgs {

constinit const NamedSearch line_searches[line_search_count] = {{"strong_wolfe", strong_wolfe},
                                                                {"noise_tolerant", noise_tolerant}};

}  // namespace lbfgs
