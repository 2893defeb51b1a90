// The parent of a forked child loses a block that only the child frees, its copy of it.
// expect: {"classes": {"definitely": [1, 200]}, "children": [{}], "lost_in": "main", "status": 0}
// clean: {"classes": {}, "children": [{}], "status": 0}
// over: nothing_c
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "leak.h"

static void* volatile held;

int main(void) {
  held = malloc(200);
  const pid_t made = fork();
  if (made == 0) {
    free(held);
    exit(0);
  }
  int status = 1;
  waitpid(made, &status, 0);
#ifdef CLEAN
  free(held);
#endif
  held = 0;
  forget();
  return status != 0;
}
