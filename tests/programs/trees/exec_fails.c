// An exec that fails changes nothing: the program goes on and is counted to its end.
// expect: {"processes": 1, "states": ["complete"], "exit": {"kind": "exited", "code": 0}, "totals": {"allocations": 2, "frees": 1}}
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int main(void) {
  char* arguments[] = {"missing", NULL};
  keep(malloc(10));
  execv("/nonexistent/missing", arguments);
  free(keep(malloc(10)));
  return 0;
}
