// Closes every descriptor and opens its own in their place: their numbers and contents are its own,
// also after an exec of another program.
// args: {bin}/malloc_free
// expect: {"status": 0, "processes": 3, "sum": {"allocations": 10}}
// flags: -D_GNU_SOURCE
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

int main(int argc, char** argv) {
  close_range(3, ~0U, 0);
  for (int want = 3; want < 200; ++want) {
    if (open("/dev/null", O_RDWR) != want) {
      return 2;
    }
  }
  pid_t child = fork();
  if (child == 0 && argc == 2) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0 && fcntl(199, F_GETFD) == 0 && fcntl(200, F_GETFD) < 0 ? 0 : 1;
}
