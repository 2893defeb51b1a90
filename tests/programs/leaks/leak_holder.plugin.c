// A library whose global, or thread-local variable, holds a block.
// flags: -shared -fPIC
#include <stdlib.h>

void tls_touch(void);
void tls_hold(void);
void tls_release(void);
void global_hold(void);
void global_release(void);

static __thread void* volatile in_tls;
static void* volatile in_global;

void tls_touch(void) {
  in_tls = 0;
}

void tls_hold(void) {
  in_tls = malloc(100);
}

void tls_release(void) {
  free(in_tls);
  in_tls = 0;
}

void global_hold(void) {
  in_tls = 0;
  in_global = malloc(100);
}

void global_release(void) {
  free(in_global);
}
