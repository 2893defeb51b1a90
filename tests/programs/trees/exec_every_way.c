// Each exec function once, in a forked child: every one keeps its child under the recorder.
// args: {bin}/malloc_free
// expect: {"processes": 13, "status": 0, "totals": {"allocations": 0}, "sum": {"allocations": 60, "frees": 36}}
// flags: -D_GNU_SOURCE
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

int main(int argc, char** argv) {
  char* environment[] = {"ONLY=this", NULL};
  const char* program = argv[1];
  if (argc != 2) {
    return 2;
  }
  for (int way = 0; way < 6; ++way) {
    pid_t child = fork();
    if (child == 0) {
      switch (way) {
        case 0:
          execl(program, program, NULL);
          break;
        case 1:
          execlp(program, program, NULL);
          break;
        case 2:
          execle(program, program, NULL, environment);
          break;
        case 3:
          execvp(program, argv + 1);
          break;
        case 4:
          execvpe(program, argv + 1, environment);
          break;
        default:
          fexecve(open(program, O_RDONLY | O_CLOEXEC), argv + 1, environment);
      }
      _exit(127);
    }
    int status = 1;
    waitpid(child, &status, 0);
    if (status != 0) {
      return 1;
    }
  }
  return 0;
}
