// Hooks of operator new and delete, by their mangled names, so that a C program under the preload
// grows no C++ runtime. Floor 3. Compiled with exceptions: a throwing new passes through.
#include <stdlib.h>

#include "libtrack/runtime/hook.hpp"

using namespace track;
using namespace track::runtime;

namespace {

struct new_request {
  std::size_t size_bytes;
  allocation_function function;
  std::size_t alignment;  // 0: the default
  bool nothrow;
};

void* allocate_plainly(const new_request& request) {
  const std::size_t size_bytes = request.size_bytes == 0 ? 1 : request.size_bytes;
  if (request.alignment == 0) {
    return real.malloc(size_bytes);
  }
  const std::size_t rounded = (size_bytes + request.alignment - 1) & ~(request.alignment - 1);
  return rounded < size_bytes ? nullptr : real.aligned_alloc(request.alignment, rounded);
}

// The C++ runtime's function, which calls the new handler and throws. None: as without exceptions.
template <typename Function>
Function runtime_function(Function known, const char* symbol, const new_request& request) {
  if (known == nullptr) {
    known = reinterpret_cast<Function>(find_in_cxx_runtime(symbol));
  }
  if (known == nullptr && !request.nothrow) {
    abort();
  }
  return known;
}

// Forward: (real function or nullptr) → the block. It may throw: nothing is held here.
template <typename Forward>
void* allocate(const new_request& request, const unwind::registers& caller, Forward forward) {
  if (!is_armed()) {
    const readiness ready = prepare();
    if (ready == readiness::bootstrap) {
      return bootstrap_allocate(request.size_bytes, request.alignment);
    }
    if (ready == readiness::forward) {
      void* block = real.new_is_malloc ? allocate_plainly(request) : nullptr;
      return block != nullptr ? block : forward();
    }
  }
  void* block = real.new_is_malloc ? allocate_plainly(request) : nullptr;
  if (block != nullptr) {
    record_allocation({block, request.size_bytes, request.function, request.alignment}, caller);
    return block;
  }
  block = forward();
  if (block != nullptr) {
    retag_allocation({block, request.size_bytes, request.function, request.alignment}, caller);
  }
  return block;
}

template <typename Forward>
void release_block(const release& event, const unwind::registers& caller, Forward forward) {
  if (event.address == nullptr) {
    return;
  }
  __builtin_prefetch(static_cast<const char*>(event.address) - 16, 1);  // the real one will want it
  const bool recording = is_armed() || prepare() == readiness::record;
  released block;
  if (recording) {
    block = begin_release(event, caller);
    if (!block.forward) {
      return;
    }
  } else if (is_bootstrap(event.address)) {
    return;
  }
  if (real.new_is_malloc) {
    real.free(const_cast<void*>(event.address));
  } else {
    expect_inner_release(recording ? event.address : nullptr);
    forward();
    expect_inner_release(nullptr);
  }
  end_release(block);
}

}  // namespace

#define LIBTRACK_FORWARD_NEW(member, symbol, ...)                         \
  [=]() -> void* {                                                        \
    const auto function = runtime_function(real.member, symbol, request); \
    return function == nullptr ? nullptr : function(__VA_ARGS__);         \
  }

LIBTRACK_EXPORT void* _Znwm(std::size_t size_bytes) {
  const new_request request = {size_bytes, allocation_function::operator_new, 0, false};
  return allocate(request, LIBTRACK_CALLER_REGISTERS(),
                  LIBTRACK_FORWARD_NEW(operator_new, "_Znwm", size_bytes));
}

LIBTRACK_EXPORT void* _Znam(std::size_t size_bytes) {
  const new_request request = {size_bytes, allocation_function::operator_new_array, 0, false};
  return allocate(request, LIBTRACK_CALLER_REGISTERS(),
                  LIBTRACK_FORWARD_NEW(operator_new_array, "_Znam", size_bytes));
}

LIBTRACK_EXPORT void* _ZnwmRKSt9nothrow_t(std::size_t size_bytes, const void* nothrow) {
  const new_request request = {size_bytes, allocation_function::operator_new, 0, true};
  return allocate(
      request, LIBTRACK_CALLER_REGISTERS(),
      LIBTRACK_FORWARD_NEW(operator_new_nothrow, "_ZnwmRKSt9nothrow_t", size_bytes, nothrow));
}

LIBTRACK_EXPORT void* _ZnamRKSt9nothrow_t(std::size_t size_bytes, const void* nothrow) {
  const new_request request = {size_bytes, allocation_function::operator_new_array, 0, true};
  return allocate(
      request, LIBTRACK_CALLER_REGISTERS(),
      LIBTRACK_FORWARD_NEW(operator_new_array_nothrow, "_ZnamRKSt9nothrow_t", size_bytes, nothrow));
}

LIBTRACK_EXPORT void* _ZnwmSt11align_val_t(std::size_t size_bytes, std::size_t alignment) {
  const new_request request = {size_bytes, allocation_function::operator_new_aligned, alignment,
                               false};
  return allocate(
      request, LIBTRACK_CALLER_REGISTERS(),
      LIBTRACK_FORWARD_NEW(operator_new_aligned, "_ZnwmSt11align_val_t", size_bytes, alignment));
}

LIBTRACK_EXPORT void* _ZnamSt11align_val_t(std::size_t size_bytes, std::size_t alignment) {
  const new_request request = {size_bytes, allocation_function::operator_new_array_aligned,
                               alignment, false};
  return allocate(request, LIBTRACK_CALLER_REGISTERS(),
                  LIBTRACK_FORWARD_NEW(operator_new_array_aligned, "_ZnamSt11align_val_t",
                                       size_bytes, alignment));
}

LIBTRACK_EXPORT void* _ZnwmSt11align_val_tRKSt9nothrow_t(std::size_t size_bytes,
                                                         std::size_t alignment,
                                                         const void* nothrow) {
  const new_request request = {size_bytes, allocation_function::operator_new_aligned, alignment,
                               true};
  return allocate(
      request, LIBTRACK_CALLER_REGISTERS(),
      LIBTRACK_FORWARD_NEW(operator_new_aligned_nothrow, "_ZnwmSt11align_val_tRKSt9nothrow_t",
                           size_bytes, alignment, nothrow));
}

LIBTRACK_EXPORT void* _ZnamSt11align_val_tRKSt9nothrow_t(std::size_t size_bytes,
                                                         std::size_t alignment,
                                                         const void* nothrow) {
  const new_request request = {size_bytes, allocation_function::operator_new_array_aligned,
                               alignment, true};
  return allocate(
      request, LIBTRACK_CALLER_REGISTERS(),
      LIBTRACK_FORWARD_NEW(operator_new_array_aligned_nothrow, "_ZnamSt11align_val_tRKSt9nothrow_t",
                           size_bytes, alignment, nothrow));
}

// A replaced operator delete is found by its plain form: the others call it.
#define LIBTRACK_DELETE(symbol, parameters, event, ...)                      \
  LIBTRACK_EXPORT void symbol parameters {                                   \
    release_block(event, LIBTRACK_CALLER_REGISTERS(), [=] { __VA_ARGS__; }); \
  }

using rf = release_function;
#define LIBTRACK_EVENT(...) (release{__VA_ARGS__})

LIBTRACK_DELETE(_ZdlPv, (void* block), LIBTRACK_EVENT(block, rf::operator_delete),
                real.operator_delete(block))
LIBTRACK_DELETE(_ZdaPv, (void* block), LIBTRACK_EVENT(block, rf::operator_delete_array),
                real.operator_delete_array(block))
LIBTRACK_DELETE(_ZdlPvm, (void* block, std::size_t size_bytes),
                LIBTRACK_EVENT(block, rf::operator_delete, true, size_bytes),
                real.operator_delete(block))
LIBTRACK_DELETE(_ZdaPvm, (void* block, std::size_t size_bytes),
                LIBTRACK_EVENT(block, rf::operator_delete_array, true, size_bytes),
                real.operator_delete_array(block))
LIBTRACK_DELETE(_ZdlPvRKSt9nothrow_t, (void* block, const void*),
                LIBTRACK_EVENT(block, rf::operator_delete), real.operator_delete(block))
LIBTRACK_DELETE(_ZdaPvRKSt9nothrow_t, (void* block, const void*),
                LIBTRACK_EVENT(block, rf::operator_delete_array), real.operator_delete_array(block))
LIBTRACK_DELETE(_ZdlPvSt11align_val_t, (void* block, std::size_t alignment),
                LIBTRACK_EVENT(block, rf::operator_delete_aligned, false, 0, alignment),
                real.operator_delete_aligned(block, alignment))
LIBTRACK_DELETE(_ZdaPvSt11align_val_t, (void* block, std::size_t alignment),
                LIBTRACK_EVENT(block, rf::operator_delete_array_aligned, false, 0, alignment),
                real.operator_delete_array_aligned(block, alignment))
LIBTRACK_DELETE(_ZdlPvmSt11align_val_t,
                (void* block, std::size_t size_bytes, std::size_t alignment),
                LIBTRACK_EVENT(block, rf::operator_delete_aligned, true, size_bytes, alignment),
                real.operator_delete_aligned(block, alignment))
LIBTRACK_DELETE(_ZdaPvmSt11align_val_t,
                (void* block, std::size_t size_bytes, std::size_t alignment),
                LIBTRACK_EVENT(block, rf::operator_delete_array_aligned, true, size_bytes,
                               alignment),
                real.operator_delete_array_aligned(block, alignment))
LIBTRACK_DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t,
                (void* block, std::size_t alignment, const void*),
                LIBTRACK_EVENT(block, rf::operator_delete_aligned, false, 0, alignment),
                real.operator_delete_aligned(block, alignment))
LIBTRACK_DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t,
                (void* block, std::size_t alignment, const void*),
                LIBTRACK_EVENT(block, rf::operator_delete_array_aligned, false, 0, alignment),
                real.operator_delete_array_aligned(block, alignment))
