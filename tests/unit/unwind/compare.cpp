#include "tests/unit/unwind/compare.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <cstring>

#include "tests/unit/unwind/remembered.hpp"

namespace track::unwind::test {

namespace {

thread_local stack_cache own_cache;
thread_local stack_memo own_memo;
thread_local reference_stack reference;

std::uint16_t give_number(const module_view&) {
  return only_module;
}

comparison compare(const registers& start, stack_cache& cache, std::uint32_t depth_limit) {
  comparison result{};
  if (&cache == &own_cache) {
    const remembered_capture one = capture_with_memo(start, own_memo, cache, depth_limit);
    result.taken = one.taken;
    result.remembered = one.known;
    result.mistaken = one.mistaken;
  } else {
    result.taken = capture_stack(start, cache, depth_limit);
  }
  walk_reference(start, reference);
  result.differing = reference.started ? differing_frames(cache, reference) : 1;
  result.reference_count = reference.count;
  return result;
}

}  // namespace

void prepare() {
  initialize(give_number);
}

stack_cache& thread_cache() {
  return own_cache;
}
const reference_stack& last_reference() {
  return reference;
}

[[gnu::noinline]] comparison compare_here() {
  return compare(LIBTRACK_CALLER_REGISTERS(), own_cache, 64);
}

[[gnu::noinline]] comparison compare_here(stack_cache& cache, std::uint32_t depth_limit) {
  return compare(LIBTRACK_CALLER_REGISTERS(), cache, depth_limit);
}

[[gnu::noinline]] void compare_into(void* tally_pointer) {
  const comparison one = compare(LIBTRACK_CALLER_REGISTERS(), own_cache, 64);
  auto& sum = *static_cast<tally*>(tally_pointer);
  sum.captures += 1;
  sum.frames += one.taken.count;
  sum.kept += one.taken.first_new;
  sum.differing += one.differing;
  sum.remembered += one.remembered ? 1 : 0;
  sum.mistaken += one.mistaken ? 1 : 0;
  if (one.differing != 0 && sum.differing == one.differing) {
    std::fputs(describe_last(), stderr);
  }
}

const char* describe_last() {
  static char text[16 << 10];
  int used = std::snprintf(text, sizeof text, "end %d, ours %u, libgcc %zu frames\n",
                           static_cast<int>(own_cache.end), own_cache.count, reference.count);
  const std::size_t longest = own_cache.count > reference.count ? own_cache.count : reference.count;
  for (std::size_t i = 0; i < longest && used < 15 << 10; ++i) {
    const auto ours =
        i < own_cache.count ? own_cache.frames[own_cache.count - 1 - i].return_address : 0;
    const auto theirs = i < reference.count ? reference.pc[i] : 0;
    Dl_info info;
    const bool named = dladdr(reinterpret_cast<void*>(theirs), &info) != 0;
    used +=
        std::snprintf(text + used, sizeof text - static_cast<std::size_t>(used),
                      "%c %#lx %#lx %s %s\n", ours == theirs ? ' ' : '*', ours, theirs,
                      named ? info.dli_fname : "", named && info.dli_sname ? info.dli_sname : "");
  }
  return text;
}

}  // namespace track::unwind::test
