#include "libtrack/runtime/tls_layout.hpp"

#include <dlfcn.h>

#include <cstdint>

#include "libtrack/runtime/old_symbols.hpp"

namespace track::runtime {

tls_layout find_tls_layout() {
  tls_layout found;
  using size_asker = void (*)(std::size_t*, std::size_t*);
  const auto ask = reinterpret_cast<size_asker>(dlsym(RTLD_DEFAULT, "_dl_get_tls_static_info"));
  const auto* block =
      static_cast<const std::uint32_t*>(dlsym(RTLD_DEFAULT, "_thread_db_sizeof_pthread"));
  found.above = block != nullptr ? *block : std::size_t{4096};
  if (ask != nullptr) {
    std::size_t size = 0;
    std::size_t alignment = 0;
    ask(&size, &alignment);
    found.below = size > found.above ? size - found.above : 0;
  }
  return found;
}

}  // namespace track::runtime
