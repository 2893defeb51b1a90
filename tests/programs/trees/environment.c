// Prints its environment and that of a child: both must be what they are without the recorder.
// env: SOME=thing LD_LIBRARY_PATH=/nonexistent TRACKING=mine
// expect: {"processes": 3, "status": 0}
// flags: -D_GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  for (char** entry = environ; *entry != NULL; ++entry) {
    puts(*entry);
  }
  if (getenv("LD_PRELOAD") != NULL || getenv("TRACK_LEDGER") != NULL) {
    return 1;
  }
  if (argc == 2) {
    return 0;
  }
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", argv[0], "child", NULL);
    _exit(127);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
