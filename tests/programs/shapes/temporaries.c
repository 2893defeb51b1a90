// 1,000 blocks freed before the thread's next allocation, and 500 that outlive one.
// expect: {"totals": {"allocations": 2000, "frees": 2000, "temporary": 1500}}
// clean: {"totals": {"allocations": 1000, "frees": 1000, "temporary": [0, 1]}}
#include <stdlib.h>

#include "keep.h"

int main(void) {
#ifndef CLEAN
  for (int i = 0; i < 1000; ++i) {
    free(keep(malloc(64)));
  }
#endif
  void* outer[500];
  for (int i = 0; i < 500; ++i) {
    outer[i] = keep(malloc(64));
#ifdef CLEAN
    void* next = keep(malloc(64));
    free(outer[i]);
    outer[i] = next;
#else
    free(keep(malloc(32)));
    free(outer[i]);
#endif
  }
#ifdef CLEAN
  for (int i = 0; i < 500; ++i) {
    free(outer[i]);
  }
#endif
  return 0;
}
