// Four threads allocate without a pause while main forks a thousand times; each child makes three
// blocks (glibc's own fork makes that safe) and leaves by _exit.
// expect: {"status": 0, "processes": 1001, "mismatches": []}
// flags: -pthread
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdatomic.h>
#include <stdlib.h>

#include "keep.h"

static atomic_int stop;

static void* churn(void* unused) {
  while (!atomic_load(&stop)) {
    void* blocks[64];
    for (int i = 0; i < 64; ++i) {
      blocks[i] = keep(malloc((size_t)(16 + i * 8)));
    }
    for (int i = 0; i < 64; ++i) {
      free(blocks[i]);
    }
  }
  return unused;
}

static int fork_once(void) {
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 3; ++i) {
      keep(malloc(40));
    }
    _exit(0);
  }
  int status = 1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int main(void) {
  pthread_t threads[4];
  int good = 0;
  for (int i = 0; i < 4; ++i) {
    pthread_create(&threads[i], NULL, churn, NULL);
  }
  for (int i = 0; i < 1000; ++i) {
    good += fork_once();
  }
  atomic_store(&stop, 1);
  for (int i = 0; i < 4; ++i) {
    pthread_join(threads[i], NULL);
  }
  return good == 1000 ? 0 : 1;
}
