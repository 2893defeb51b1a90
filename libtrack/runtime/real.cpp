#include "libtrack/runtime/real.hpp"

#include <dlfcn.h>
#include <link.h>

#include <string.h>

#include "libtrack/runtime/old_symbols.hpp"

extern "C" void* malloc(std::size_t);

namespace track::runtime {

real_functions real;

namespace {

constexpr std::size_t bootstrap_bytes = std::size_t{64} << 10;
alignas(64) std::byte bootstrap_pool[bootstrap_bytes];
std::size_t bootstrap_used = 0;

struct bootstrap_header {
  std::size_t size_bytes;
  std::size_t unused;
};

bool contains(const char* text, const char* part) {
  return text != nullptr && strstr(text, part) != nullptr;
}

// Which object defines `function`; its path, or nullptr.
const char* object_of(void* function) {
  Dl_info info = {};
  return function != nullptr && dladdr(function, &info) != 0 ? info.dli_fname : nullptr;
}

bool is_malloc_underneath(void* operator_new) {
  if (operator_new == nullptr) {
    return true;
  }
  const char* object = object_of(operator_new);
  const char* allocator = object_of(reinterpret_cast<void*>(real.malloc));
  return contains(object, "libstdc++") || contains(object, "libc++") ||
         (object != nullptr && allocator != nullptr && strcmp(object, allocator) == 0);
}

bool is_known_allocator(const char* object) {
  static constexpr const char* known[] = {"/libc.so.6", "/libc-2.", "/libjemalloc.", "/libtcmalloc",
                                          "/libmimalloc"};
  for (const char* name : known) {
    if (contains(object, name)) {
      return true;
    }
  }
  return false;
}

// Whether the program's references to `symbol` are bound to our hook. A position-dependent program
// that takes the function's address has an undefined symbol with the address of its PLT entry.
bool comes_to_us(const char* symbol) {
  Dl_info own = {};
  Dl_info first = {};
  void* found = dlsym(RTLD_DEFAULT, symbol);
  ElfW(Sym)* entry = nullptr;
  if (dladdr(reinterpret_cast<void*>(&resolve_real_functions), &own) == 0 ||
      dladdr1(found, &first, reinterpret_cast<void**>(&entry), RTLD_DL_SYMENT) == 0) {
    return true;
  }
  return first.dli_fbase == own.dli_fbase || entry == nullptr || entry->st_shndx == SHN_UNDEF;
}

}  // namespace

void resolve_real_functions() {
#define LIBTRACK_REAL(member, symbol, ...) \
  real.member = reinterpret_cast<function_type<__VA_ARGS__>*>(dlsym(RTLD_NEXT, symbol));
#include "libtrack/runtime/real.inc"
#undef LIBTRACK_REAL
  real.new_is_malloc = is_malloc_underneath(reinterpret_cast<void*>(real.operator_new));
  real.may_reenter = !is_known_allocator(object_of(reinterpret_cast<void*>(real.malloc)));
  real.new_is_ours = comes_to_us("_Znwm");
  real.malloc_is_ours = comes_to_us("malloc");
}

void* bootstrap_allocate(std::size_t size_bytes, std::size_t alignment) {
  if (alignment < 16) {
    alignment = 16;
  }
  if (size_bytes > bootstrap_bytes || alignment > 4096) {
    return nullptr;
  }
  const std::size_t worst = sizeof(bootstrap_header) + size_bytes + alignment;
  const std::size_t offset =
      __atomic_fetch_add(&bootstrap_used, (worst + 15) & ~std::size_t{15}, __ATOMIC_RELAXED);
  if (offset + worst > bootstrap_bytes) {
    return nullptr;
  }
  auto address =
      reinterpret_cast<std::uintptr_t>(bootstrap_pool) + offset + sizeof(bootstrap_header);
  address = (address + alignment - 1) & ~(alignment - 1);
  reinterpret_cast<bootstrap_header*>(address)[-1].size_bytes = size_bytes;
  return reinterpret_cast<void*>(address);
}

bool is_bootstrap(const void* address) {
  const auto* place = static_cast<const std::byte*>(address);
  return place >= bootstrap_pool && place < bootstrap_pool + bootstrap_bytes;
}

std::size_t bootstrap_size(const void* address) {
  return static_cast<const bootstrap_header*>(address)[-1].size_bytes;
}

void* find_in_cxx_runtime(const char* symbol) {
  static constexpr const char* libraries[] = {"libstdc++.so.6", "libc++abi.so.1", "libc++.so.1"};
  for (const char* library : libraries) {
    void* handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == nullptr) {
      continue;
    }
    void* found = dlsym(handle, symbol);
    real.dlclose(handle);
    if (found != nullptr) {
      return found;
    }
  }
  return nullptr;
}

}  // namespace track::runtime
