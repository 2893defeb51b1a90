// Functions of every kind that compilers treat differently when they make frames. Compiled many
// times, by two compilers with many options; LIBTRACK_VARIANT names the entry point. The callee is
// chosen by a random word, so that the stacks of two calls share an outer part only.
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include <alloca.h>
#include <setjmp.h>

namespace {

struct walk {
  std::uint64_t random;
  void (*leaf)(void*);
  void* data;
  long budget;  // leaves still to be reached
};

volatile long sink;

std::uint64_t next(walk& w) {
  w.random ^= w.random << 13;
  w.random ^= w.random >> 7;
  w.random ^= w.random << 17;
  return w.random;
}

void branch(walk& w, int depth);

[[gnu::noinline]] void plain(walk& w, int depth) {
  branch(w, depth - 1);
  sink = sink + depth;
}

[[gnu::noinline]] void with_alloca(walk& w, int depth) {
  const std::size_t size = 16 + next(w) % 600;
  char* room = static_cast<char*>(alloca(size));
  std::memset(room, depth, size);
  branch(w, depth - 1);
  sink = sink + room[size - 1];
}

[[gnu::noinline]] void with_aligned_locals(walk& w, int depth) {
  alignas(64) volatile char room[128];
  room[0] = static_cast<char>(depth);
  branch(w, depth - 1);
  sink = sink + room[0] + static_cast<long>(reinterpret_cast<std::uintptr_t>(room) % 64);
}

[[gnu::noinline]] void with_aligned_and_alloca(walk& w, int depth) {
  alignas(128) volatile char room[256];
  char* more = static_cast<char*>(alloca(32 + next(w) % 200));
  more[0] = static_cast<char>(depth);
  room[1] = more[0];
  branch(w, depth - 1);
  sink = sink + room[1] + more[0];
}

[[gnu::noinline]] long with_many_registers(walk& w, long a, long b, long c, long d, int depth) {
  const long e = a * b + c, f = b * c + d, g = c * d + a, h = d * a + b;
  branch(w, depth - 1);
  long sum = a + b + c + d + e * f + g * h;
  branch(w, depth - 2);
  sum += a * e + b * f + c * g + d * h;
  return sum;
}

[[gnu::noinline]] void with_stack_arguments(walk& w, int depth, long a, long b, long c, long d,
                                            long e, long f, long g) {
  branch(w, depth - 1);
  sink = sink + a + b + c + d + e + f + g;
}

[[gnu::noinline]] void with_big_frame(walk& w, int depth) {
  volatile char room[5000];
  room[depth % 5000] = 1;
  branch(w, depth - 1);
  sink = sink + room[depth % 5000];
}

[[gnu::noinline]] void throws(walk& w, int depth) {
  branch(w, depth - 1);
  if (depth > 0) {
    throw std::runtime_error("back to the catcher");
  }
}

[[gnu::noinline]] void catches(walk& w, int depth) {
  try {
    throws(w, depth);
  } catch (const std::runtime_error&) {
    branch(w, depth - 2);
  }
  sink = sink + 1;
}

[[gnu::noinline]] void jumps(walk& w, int depth, jmp_buf& back) {
  branch(w, depth - 1);
  longjmp(back, 1);
}

[[gnu::noinline]] void set_jump(walk& w, int depth) {
  jmp_buf back;
  if (setjmp(back) == 0) {
    jumps(w, depth, back);
  } else {
    branch(w, depth - 2);
  }
  sink = sink + 1;
}

struct base {
  virtual ~base() = default;
  virtual void go(walk& w, int depth) = 0;
};
struct derived final : base {
  [[gnu::noinline]] void go(walk& w, int depth) override {
    branch(w, depth - 1);
    sink = sink + depth;
  }
};

[[gnu::noinline]] void step_into(walk& w, int depth) {
  const auto n = static_cast<long>(next(w) % 1000);
  derived object;
  base* volatile hidden = &object;
  switch (next(w) % 10) {
    case 0:
      return plain(w, depth);
    case 1:
      return with_alloca(w, depth);
    case 2:
      return with_aligned_locals(w, depth);
    case 3:
      return with_aligned_and_alloca(w, depth);
    case 4:
      sink = with_many_registers(w, n, n + 1, n + 2, n + 3, depth);
      return;
    case 5:
      return with_stack_arguments(w, depth, n, n, n, n, n, n, n);
    case 6:
      return with_big_frame(w, depth);
    case 7:
      return catches(w, depth);
    case 8:
      return set_jump(w, depth);
    default:
      return hidden->go(w, depth);
  }
}

[[gnu::noinline]] void branch(walk& w, int depth) {
  if (w.budget <= 0) {
    return;
  }
  if (depth <= 0) {
    --w.budget;
    w.leaf(w.data);
    return;
  }
  const auto calls = 1 + next(w) % 2;
  for (std::uint64_t i = 0; i < calls; ++i) {
    step_into(w, depth - static_cast<int>(next(w) % 2));
    if (next(w) % 4 == 0 && w.budget > 0) {
      --w.budget;
      w.leaf(w.data);
    }
  }
}

}  // namespace

extern "C" void LIBTRACK_VARIANT(std::uint64_t seed, int depth, long leaves, void (*leaf)(void*),
                                 void* data) {
  walk w{seed * 2 + 1, leaf, data, leaves};
  while (w.budget > 0) {
    branch(w, depth);
  }
}
