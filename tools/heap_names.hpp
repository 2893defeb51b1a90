// Joins libtrack/symbols with the capture's naming of heaps. Floor 6.
#pragma once

#include <memory>

#include "libtrack/capture/heap_name_source.hpp"
#include "libtrack/symbols/resolver.hpp"

namespace track::tools {

std::unique_ptr<capture::heap_name_source> make_heap_name_source(symbols::resolver_options options);

}  // namespace track::tools
