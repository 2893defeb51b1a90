// A plug-in that leaks and is unloaded.
// flags: -shared -fPIC
#include <stdlib.h>

#include "keep.h"

void plugin_leak(void);

void plugin_leak(void) {
  keep(malloc(77));
}
