// Prints what a program inherits: blocked and ignored signals, descriptors, the parent's name is
// left out. All must be as without the recorder.
// expect: {"status": 0}
// flags: -D_GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  char line[256];
  FILE* status = fopen("/proc/self/status", "re");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, "Sig", 3) == 0 || strncmp(line, "NoNewPrivs", 10) == 0 ||
        strncmp(line, "Seccomp", 7) == 0 || strncmp(line, "Threads", 7) == 0) {
      // The queue's length depends on what others of the same user do. The recorder has a handler
      // for one signal, which only this file shows.
      if (strncmp(line, "SigCgt", 6) == 0) {
        const int signal_of_stills = SIGRTMAX - 3;
        printf("caught %llx\n", strtoull(line + 7, NULL, 16) & ~(1ULL << (signal_of_stills - 1)));
      } else if (strncmp(line, "SigQ", 4) != 0) {
        fputs(line, stdout);
      }
    }
  }
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    struct rlimit limit = {0, 0};
    getrlimit((__rlimit_resource_t)resource, &limit);
    printf("limit %d: %llu %llu\n", resource, (unsigned long long)limit.rlim_cur,
           (unsigned long long)limit.rlim_max);
  }
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) {
      printf("descriptor %d\n", descriptor);
    }
  }
  mode_t mask = umask(0);
  printf("umask %o\n", (unsigned)mask);
  return 0;
}
