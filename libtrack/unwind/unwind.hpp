// Stack capture by cached .eh_frame rules with re-validation. Floor 2, freestanding.
//
// Used inside allocation hooks and signal handlers of somebody else's program: no allocation, no
// libc call that locks or sets errno, no libstdc++ symbol. A thread owns its stack_cache; rules are
// shared by all threads without locks. Memory that was not seen readable before is probed first.
// cost: about 1.5 ns a kept frame, 8 ns a new one with a cached rule, a microsecond for a new rule.
// source: DWARF 5 section 6.4, LSB core .eh_frame; re-validation is described in README.md.
#pragma once

#include <cstddef>
#include <cstdint>

namespace track::unwind {

// What the unwinder tells of a module the first time it meets it, and after each module_generation.
struct module_view {
  std::uintptr_t load_bias;  // address in memory minus address in the file
  std::uintptr_t start;      // mapped range
  std::uintptr_t end;
  const char* path;  // as the dynamic linker names it; "" for the main program
};

// Gives a module its number, 1 to 65,535; 0 when there is no place. Called in hook context, by any
// thread, possibly for the same module by two at once; must answer the same number for both.
using module_namer = std::uint16_t (*)(const module_view&);

struct frame {
  std::uintptr_t
      return_address;    // into the caller; for the frame that a signal interrupted, its pc
  std::uint16_t module;  // of return_address; 0 when it lies in none
  std::uint16_t flags;   // frame_flags
  std::uint32_t node;    // the owner's word: the trie node of this frame
};

enum frame_flags : std::uint16_t {
  interrupted = 1  // return_address is the exact pc of a frame that a signal interrupted
};

// How a stack ended.
enum class stack_end : std::uint8_t {
  outermost,  // at _start, a thread's start or a context's start
  depth,      // at the depth limit
  no_rule,    // code without unwind information (JIT, hand-written)
  unreadable  // memory that cannot be read, or a frame that does not move outwards
};

inline constexpr std::size_t max_frames = 1024;

// The unwinder's own: the state in which a return address was reached and the slots it came from,
// so that the next capture can tell whether the frame still stands. Apart from `frame`, so that
// re-validation touches half a cache line a frame.
struct frame_link {
  std::uintptr_t return_address;      // read from cfa - 8
  std::uintptr_t cfa;                 // the stack pointer in the frame that return_address lies in
  std::uintptr_t frame_pointer;       // rbp there
  std::uintptr_t frame_pointer_slot;  // where it was read; see README.md for links without a slot
};

// The unwinder's own: a frame of the capture under way, innermost first.
struct fresh_frame {
  frame_link link;
  std::uint16_t module;
  std::uint16_t flags;
};

// A thread's last stack, outermost frame first. All zero is a valid start; never freed by us. Not
// to be copied or moved once used.
struct stack_cache {
  std::uint32_t count;          // frames[0 .. count) is the stack of the last capture
  std::uint32_t generation;     // module_generation at that time
  std::uintptr_t readable_low;  // memory known readable: the current stack so far
  std::uintptr_t readable_high;
  stack_end end;        // how frames[0] ended
  bool several_stacks;  // a signal frame in it leads from one stack to another
  frame frames[max_frames];
  frame_link links[max_frames];
  fresh_frame fresh[max_frames / 2];
};

struct registers {
  std::uintptr_t pc;             // the return address of the hook: first frame of the stack
  std::uintptr_t stack_pointer;  // the value it has after the hook returned (the hook's CFA)
  std::uintptr_t frame_pointer;  // rbp as the caller of the hook had it
};

struct capture {
  std::uint32_t first_new;  // frames[first_new .. count) are new since the last capture: name them
  std::uint32_t count;
};

// Once, before the first capture; may be called again with another namer. errors: none.
void initialize(module_namer namer);

extern std::uint32_t current_generation;
inline std::uint32_t module_generation() {
  return __atomic_load_n(&current_generation, __ATOMIC_RELAXED);
}

// After dlclose: rules and kept stacks made before are used no more.
void raise_module_generation();

// Captures the stack that starts at `start` into `cache`. `depth_limit` (1 to max_frames / 4): at
// least so many innermost frames are there unless the stack has fewer; up to four times as many may
// be. Not reentrant for one cache: a nested caller (a signal handler) brings a cache of its own.
capture capture_stack(const registers& start, stack_cache& cache, std::uint32_t depth_limit);

// Registers of the caller of the function that this is expanded in; it must keep a frame pointer
// (compile with -fno-omit-frame-pointer).
#define LIBTRACK_CALLER_REGISTERS()                                                     \
  (::track::unwind::registers{                                                          \
      reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)),                    \
      reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) + 2 * sizeof(void*), \
      *reinterpret_cast<std::uintptr_t*>(__builtin_frame_address(0))})

}  // namespace track::unwind
