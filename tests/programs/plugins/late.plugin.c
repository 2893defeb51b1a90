// Linked by late_handlers: its constructor registers a handler before the recorder registers its
// own, so it runs after the recorder's last one, and allocates.
// flags: -shared -fPIC -D_GNU_SOURCE
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int late_answer(void);

static void after_everything(int status, void* unused) {
  (void)status;
  (void)unused;
  for (int i = 0; i < 100; ++i) {
    free(keep(malloc(64)));
    keep(realloc(keep(malloc(16)), 4096));
  }
  static const char text[] = "the last handler ran\n";
  if (write(1, text, sizeof text - 1) < 0) {
    _exit(99);
  }
}

__attribute__((constructor)) static void early(void) {
  on_exit(after_everything, NULL);
}

int late_answer(void) {
  return 7;
}
