// Found only by the RUNPATH of the library that loads it; built as sub/libinner.so.
// flags: -shared -fPIC
#include <stdlib.h>

#include "keep.h"

int inner_answer(void);

int inner_answer(void) {
  return keep(malloc(55)) != 0 ? 42 : 0;
}
