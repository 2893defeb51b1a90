#include <dlfcn.h>

#include <features.h>

#include <track/detail/life.hpp>

namespace track::detail {

bool is_loaded(const void* code) noexcept {
#if __GLIBC_PREREQ(2, 35)
  dl_find_object found;
  return _dl_find_object(const_cast<void*>(code), &found) == 0;
#else
  Dl_info found;
  return dladdr(code, &found) != 0;
#endif
}

}  // namespace track::detail
