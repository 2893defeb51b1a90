// One thread frees a block, another frees it again while it still has a block on top of its own.
// expect: {"mismatches": [{"title": "twice|double"}], "status": 0}
// clean: {"mismatches": [], "status": 0}
// flags: -w -pthread
#include <pthread.h>
#include <unistd.h>

#include <cstdlib>

#include "keep.h"

static void* give_back(void* block) {
  std::free(block);
  return nullptr;
}

int main() {
  void* block = keep(std::malloc(40));
  pthread_t thread;
  pthread_create(&thread, nullptr, give_back, block);
  pthread_join(thread, nullptr);
#ifndef CLEAN
  std::free(keep(block));
#endif
  _exit(0);
}
