// A forked child loses a block of its own; what it inherited is not its leak.
// expect: {"classes": {}, "children": [{"definitely": [1, 64]}], "lost_in": "child", "status": 0}
// clean: {"classes": {}, "children": [{}], "status": 0}
// over: nothing_c
// lsan: {"definitely": [2, 264]}
// note: LeakSanitizer counts what a child inherited as the child's
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "leak.h"

static void* volatile inherited;

static APART void child(void) {
  void* block = keep(malloc(64));
#ifdef CLEAN
  free(block);
#endif
  keep(block);
  inherited = 0;
}

int main(void) {
  inherited = malloc(200);
  const pid_t made = fork();
  if (made == 0) {
    child();
    forget();
    exit(0);
  }
  int status = 1;
  waitpid(made, &status, 0);
  free(inherited);
  return status != 0;
}
