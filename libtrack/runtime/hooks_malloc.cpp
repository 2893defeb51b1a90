// Hooks of the C allocation functions. Floor 3.
#include <errno.h>

#include <string.h>

#include "libtrack/runtime/hook.hpp"

using namespace track;
using namespace track::runtime;

namespace {

constexpr std::size_t page_size = 4096;

bool is_power_of_two(std::size_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

// Whether to record; false also while only bootstrap memory can be had (`bootstrap`).
bool must_record(bool& bootstrap) {
  if (is_armed()) {
    return true;
  }
  const readiness ready = prepare();
  bootstrap = ready == readiness::bootstrap;
  return ready == readiness::record;
}

void* out_of_memory() {
  errno = ENOMEM;
  return nullptr;
}

void* bootstrap_or_fail(std::size_t size_bytes, std::size_t alignment) {
  void* block = bootstrap_allocate(size_bytes, alignment);
  return block == nullptr ? out_of_memory() : block;
}

// One allocation: the real one, or bootstrap memory; recorded where it counts.
template <typename Forward>
void* allocate(std::size_t size_bytes, allocation_function function, std::size_t alignment,
               const unwind::registers& caller, Forward forward) {
  bool bootstrap = false;
  const bool recording = must_record(bootstrap);
  if (bootstrap) {
    return bootstrap_or_fail(size_bytes, alignment);
  }
  void* block = forward();
  if (recording && block != nullptr) {
    record_allocation({block, size_bytes, function, alignment}, caller);
  }
  return block;
}

// While the real function runs: it may release the block by another hook of ours.
class inner_release_expected {
 public:
  explicit inner_release_expected(const void* block) {
    if (real.may_reenter) {
      expect_inner_release(block);
    }
  }
  ~inner_release_expected() {
    if (real.may_reenter) {
      expect_inner_release(nullptr);
    }
  }
  inner_release_expected(const inner_release_expected&) = delete;
  inner_release_expected& operator=(const inner_release_expected&) = delete;
};

// A block from before the real functions were known moves to the real heap.
void* leave_bootstrap(void* block, std::size_t size_bytes, const unwind::registers& caller) {
  void* moved = allocate(size_bytes, allocation_function::realloc, 0, caller,
                         [=] { return real.malloc(size_bytes); });
  if (moved != nullptr) {
    const std::size_t old = bootstrap_size(block);
    memcpy(moved, block, old < size_bytes ? old : size_bytes);
  }
  return moved;
}

void* reallocate(void* block, std::size_t size_bytes, allocation_function function,
                 const unwind::registers& caller) {
  if (block == nullptr) {
    return allocate(size_bytes, function, 0, caller,
                    [=] { return real.realloc(nullptr, size_bytes); });
  }
  if (is_bootstrap(block)) {
    return leave_bootstrap(block, size_bytes, caller);
  }
  bool bootstrap = false;
  if (!must_record(bootstrap)) {
    return bootstrap ? out_of_memory() : real.realloc(block, size_bytes);
  }
  const reallocation old = begin_reallocation({block, release_function::realloc}, caller);
  void* moved = nullptr;
  {
    inner_release_expected expected(block);
    moved = real.realloc(block, size_bytes);
  }
  end_reallocation(old, {moved, size_bytes, function}, size_bytes == 0, caller);
  return moved;
}

// One release by `forward`, which is called for every address but bootstrap memory.
template <typename Forward>
void release_block(const release& event, const unwind::registers& caller, Forward forward) {
  bool bootstrap = false;
  released block;
  if (must_record(bootstrap)) {
    block = begin_release(event, caller);
    if (!block.forward) {
      return;
    }
  } else if (bootstrap || is_bootstrap(event.address)) {
    return;
  }
  {
    inner_release_expected expected(event.address);
    forward();
  }
  end_release(block);
}

}  // namespace

LIBTRACK_EXPORT void* malloc(std::size_t size_bytes) {
  return allocate(size_bytes, allocation_function::malloc, 0, LIBTRACK_CALLER_REGISTERS(),
                  [=] { return real.malloc(size_bytes); });
}

LIBTRACK_EXPORT void* calloc(std::size_t count, std::size_t each_bytes) {
  std::size_t size_bytes = 0;
  if (__builtin_mul_overflow(count, each_bytes, &size_bytes)) {
    return out_of_memory();
  }
  return allocate(size_bytes, allocation_function::calloc, 0, LIBTRACK_CALLER_REGISTERS(),
                  [=] { return real.calloc(count, each_bytes); });
}

LIBTRACK_EXPORT void* realloc(void* block, std::size_t size_bytes) {
  return reallocate(block, size_bytes, allocation_function::realloc, LIBTRACK_CALLER_REGISTERS());
}

LIBTRACK_EXPORT void* reallocarray(void* block, std::size_t count, std::size_t each_bytes) {
  std::size_t size_bytes = 0;
  if (__builtin_mul_overflow(count, each_bytes, &size_bytes)) {
    return out_of_memory();
  }
  return reallocate(block, size_bytes, allocation_function::reallocarray,
                    LIBTRACK_CALLER_REGISTERS());
}

LIBTRACK_EXPORT void free(void* block) {
  if (block == nullptr) {
    return;
  }
  __builtin_prefetch(static_cast<char*>(block) - 16, 1);  // the real free will want it
  release_block({block, release_function::free}, LIBTRACK_CALLER_REGISTERS(),
                [=] { real.free(block); });
}

LIBTRACK_EXPORT void free_sized(void* block, std::size_t size_bytes) {
  if (block == nullptr) {
    return;
  }
  release_block(
      {block, release_function::free_sized, true, size_bytes}, LIBTRACK_CALLER_REGISTERS(),
      [=] { real.free_sized != nullptr ? real.free_sized(block, size_bytes) : real.free(block); });
}

LIBTRACK_EXPORT void free_aligned_sized(void* block, std::size_t alignment,
                                        std::size_t size_bytes) {
  if (block == nullptr) {
    return;
  }
  release_block({block, release_function::free_aligned_sized, true, size_bytes, alignment},
                LIBTRACK_CALLER_REGISTERS(), [=] {
                  real.free_aligned_sized != nullptr
                      ? real.free_aligned_sized(block, alignment, size_bytes)
                      : real.free(block);
                });
}

LIBTRACK_EXPORT int posix_memalign(void** place, std::size_t alignment, std::size_t size_bytes) {
  int status = ENOMEM;
  bool bootstrap = false;
  const bool recording = must_record(bootstrap);
  if (bootstrap) {
    if (!is_power_of_two(alignment) || alignment % sizeof(void*) != 0) {
      return EINVAL;
    }
    *place = bootstrap_allocate(size_bytes, alignment);
    return *place == nullptr ? ENOMEM : 0;
  }
  status = real.posix_memalign(place, alignment, size_bytes);
  if (recording && status == 0 && *place != nullptr) {
    record_allocation({*place, size_bytes, allocation_function::posix_memalign, alignment},
                      LIBTRACK_CALLER_REGISTERS());
  }
  return status;
}

LIBTRACK_EXPORT void* aligned_alloc(std::size_t alignment, std::size_t size_bytes) {
  return allocate(size_bytes, allocation_function::aligned_alloc, alignment,
                  LIBTRACK_CALLER_REGISTERS(),
                  [=] { return real.aligned_alloc(alignment, size_bytes); });
}

LIBTRACK_EXPORT void* memalign(std::size_t alignment, std::size_t size_bytes) {
  return allocate(size_bytes, allocation_function::memalign, alignment, LIBTRACK_CALLER_REGISTERS(),
                  [=] { return real.memalign(alignment, size_bytes); });
}

LIBTRACK_EXPORT void* valloc(std::size_t size_bytes) {
  return allocate(size_bytes, allocation_function::valloc, page_size, LIBTRACK_CALLER_REGISTERS(),
                  [=] { return real.valloc(size_bytes); });
}

LIBTRACK_EXPORT void* pvalloc(std::size_t size_bytes) {
  return allocate(size_bytes, allocation_function::pvalloc, page_size, LIBTRACK_CALLER_REGISTERS(),
                  [=] { return real.pvalloc(size_bytes); });
}

LIBTRACK_EXPORT std::size_t malloc_usable_size(void* block) {
  if (block == nullptr) {
    return 0;
  }
  bool bootstrap = false;
  const bool recording = must_record(bootstrap);
  if (is_bootstrap(block)) {
    return bootstrap_size(block);
  }
  if (bootstrap) {
    return 0;
  }
  if (recording) {
    mark_widened(block);
  }
  return real.malloc_usable_size(block);
}
