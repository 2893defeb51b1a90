#include <atomic>
#include <cstdio>
#include <exception>

#include <track/detail/life.hpp>
#include <track/unraisable.hpp>

namespace track {
namespace {

void print(std::exception_ptr error, const char* where) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& thrown) {
    std::fprintf(stderr, "libtrack: exception ignored in %s: %s\n", where, thrown.what());
  } catch (...) {
    std::fprintf(stderr, "libtrack: exception ignored in %s\n", where);
  }
}

constinit std::atomic<unraisable_hook> current{nullptr};

}  // namespace

unraisable_hook set_unraisable_hook(unraisable_hook hook) noexcept {
  return current.exchange(hook, std::memory_order_acq_rel);
}

namespace detail {

void report_unraisable(const char* where) noexcept {
  const unraisable_hook hook = current.load(std::memory_order_acquire);
  (hook != nullptr ? hook : print)(std::current_exception(), where);
}

}  // namespace detail
}  // namespace track
