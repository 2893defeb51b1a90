// chroots into an empty folder, allocates, forks (nothing can be executed there). Without /proc no
// still can be taken.
// needs: root
// expect: {"status": 0, "processes": 2, "states": ["incomplete"], "sum": {"allocations": 8, "frees": 3}}
// flags: -D_GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int main(void) {
  char folder[] = "/tmp/track-chroot-XXXXXX";
  if (mkdtemp(folder) == NULL || chdir(folder) != 0 || chroot(".") != 0) {
    return 2;
  }
  for (int i = 0; i < 5; ++i) {
    keep(malloc(10));
  }
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 3; ++i) {
      free(keep(malloc(10)));
    }
    exit(0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
