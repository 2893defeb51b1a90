// A dlopen fails, which leaves its message to be freed by the next call of that family; then a
// child is forked, and one of that. Each must find its place without calling the allocator.
// expect: {"status": 0, "processes": 3, "states": ["complete"], "mismatches": []}
// flags: -D_GNU_SOURCE
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

static int in_child(int depth) {
  if (dlopen("/nonexistent/library.so", RTLD_NOW) != NULL) {
    return 2;
  }
  free(keep(malloc(10)));
  if (depth == 2) {
    return 0;
  }
  pid_t child = fork();
  if (child == 0) {
    exit(in_child(depth + 1));
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}

int main(void) {
  return in_child(0);
}
