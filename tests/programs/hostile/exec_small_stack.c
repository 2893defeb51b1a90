// Goes on with other programs from children that have two pages of stack, as GoogleTest's death
// tests do: by path, by name and with many variables.
// expect: {"status": 0, "mismatches": []}
// flags: -D_GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdio.h>
#include <stdlib.h>

static char* const words[] = {"true", NULL};

static int by_path(void* unused) {
  (void)unused;
  execv("/bin/true", words);
  return 1;
}

static int by_name(void* unused) {
  (void)unused;
  execvp("true", words);
  return 1;
}

static int from_small_stack(int (*run)(void*)) {
  const size_t bytes = 2 * 4096;
  // Nothing below it can be written to.
  char* below = mmap(NULL, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (below == MAP_FAILED || mprotect(below + bytes, bytes, PROT_READ | PROT_WRITE) != 0) {
    return 1;
  }
  const pid_t child = clone(run, below + 2 * bytes, SIGCHLD, NULL);
  int status = 1;
  return child < 0 || waitpid(child, &status, 0) != child || status != 0;
}

int main(void) {
  int failed = from_small_stack(by_path) | from_small_stack(by_name);
  for (int i = 0; i < 400; ++i) {
    char name[32];
    snprintf(name, sizeof name, "EXEC_SMALL_STACK_%d", i);
    setenv(name, "1", 1);
  }
  return failed | from_small_stack(by_path) | from_small_stack(by_name);
}
