// live_nodes NODES SITES: builds NODES blocks of 16 to 256 bytes from SITES different stacks, keeps
// them all, prints the process's resident KiB, and ends at once.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct node {
  node* next;
};

node* nodes = nullptr;
unsigned long random_state = 1;

void add_node() {
  random_state = random_state * 6364136223846793005UL + 1442695040888963407UL;
  node* made = static_cast<node*>(std::malloc(16 + (random_state >> 33) % 241));
  made->next = nodes;
  nodes = made;
}

void keep_frame() {
  asm volatile("" ::: "memory");
}

// The bits of `path` choose the functions on the stack, so each path is a stack of its own.
void even(unsigned path, int depth);

__attribute__((noinline)) void odd(unsigned path, int depth) {
  if (depth == 0) {
    add_node();
  } else if ((path & 1) != 0) {
    odd(path >> 1, depth - 1);
  } else {
    even(path >> 1, depth - 1);
  }
  keep_frame();
}

__attribute__((noinline)) void even(unsigned path, int depth) {
  if (depth == 0) {
    add_node();
  } else if ((path & 1) != 0) {
    odd(path >> 1, depth - 1);
  } else {
    even(path >> 1, depth - 1);
  }
  keep_frame();
}

long resident_kib() {
  char line[256];
  long found = -1;
  std::FILE* status = std::fopen("/proc/self/status", "re");
  while (status != nullptr && std::fgets(line, sizeof line, status) != nullptr) {
    if (std::strncmp(line, "VmRSS:", 6) == 0) {
      found = std::atol(line + 6);
    }
  }
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  const long wanted = argc > 1 ? std::atol(argv[1]) : 1000000;
  const unsigned sites = argc > 2 ? static_cast<unsigned>(std::atol(argv[2])) : 1;
  for (long i = 0; i < wanted; ++i) {
    even(static_cast<unsigned>(i) % sites, sites > 1 ? 20 : 5);
  }
  std::printf("%ld\n", resident_kib());
  std::fflush(stdout);
  return 0;
}
