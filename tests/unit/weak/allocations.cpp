#include "tests/unit/weak/allocations.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

std::atomic<std::size_t> live{0};
thread_local std::size_t count = 0;
thread_local std::size_t fail_at = SIZE_MAX;

void* obtain(std::size_t size, std::size_t alignment) {
  if (count++ >= fail_at) {
    return nullptr;
  }
  void* block = alignment <= alignof(std::max_align_t)
                    ? std::malloc(size)
                    : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (block != nullptr) {
    live += malloc_usable_size(block);
  }
  return block;
}

void* obtain_or_throw(std::size_t size, std::size_t alignment) {
  if (void* block = obtain(size, alignment)) {
    return block;
  }
  throw std::bad_alloc();
}

void give_back(void* block) {
  if (block != nullptr) {
    live -= malloc_usable_size(block);
  }
  std::free(block);
}

}  // namespace

namespace allocations {

std::size_t live_bytes() {
  return live;
}
std::size_t calls() {
  return count;
}
failing_from::failing_from(std::size_t n) {
  fail_at = count + n;
}
failing_from::~failing_from() {
  fail_at = SIZE_MAX;
}

}  // namespace allocations

void* operator new(std::size_t size) {
  return obtain_or_throw(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return obtain_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return obtain(size, 1);
}
void* operator new[](std::size_t size) {
  return obtain_or_throw(size, 1);
}
void operator delete[](void* block) noexcept {
  give_back(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  give_back(block);
}
void operator delete(void* block) noexcept {
  give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
  give_back(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  give_back(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  give_back(block);
}
void operator delete(void* block, const std::nothrow_t&) noexcept {
  give_back(block);
}
