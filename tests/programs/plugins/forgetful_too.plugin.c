// Like forgetful.plugin.c, with another name, size and shape of code.
// flags: -shared -fPIC
#include <stdlib.h>

#include "keep.h"

void plugin_leak_too(void);

void plugin_leak_too(void) {
  char room[256];
  keep(room);
  keep(malloc(33));
  keep(room);
}
