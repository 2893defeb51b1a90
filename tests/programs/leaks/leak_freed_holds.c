// Only memory that was freed still holds the address.
// expect: {"classes": {"definitely": [1, 100]}, "lost_in": "take", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static APART void take(void) {
  void* volatile* holder = (void* volatile*)keep(malloc(4000));
  holder[100] = malloc(100);
#ifdef CLEAN
  free(holder[100]);
#endif
  free((void*)holder);
}

int main(void) {
  take();
  forget();
  return 0;
}
