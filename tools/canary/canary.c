// The canary of `track doctor --self-test`: 120 blocks of 100 bytes, of which 20 are lost.
//
// The numbers are known to tools/collector/health.cpp. Plain C without stdio: no block of the C
// library's own is counted with them.
#include <stddef.h>
#include <stdlib.h>

enum { blocks = 120, kept = 100, block_bytes = 100 };

static void* volatile keep[kept];

static void lose(void) {
  void* volatile lost = malloc(block_bytes);
  lost = NULL;
  (void)lost;
}

int main(void) {
  for (size_t i = 0; i < kept; ++i) {
    keep[i] = malloc(block_bytes);
  }
  for (size_t i = kept; i < blocks; ++i) {
    lose();
  }
  for (size_t i = 0; i < kept; ++i) {
    free(keep[i]);
  }
  return 0;
}
