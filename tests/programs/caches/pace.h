// For the caches: a run of some seconds in steps of 5 ms, busy from the first step to the last, and
// the line that says what is true at the end. PACE_MS in the environment is the length of the run.
#ifndef LIBTRACK_TESTS_PROGRAMS_PACE_H
#define LIBTRACK_TESTS_PROGRAMS_PACE_H

#include <errno.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "keep.h"

static inline long pace_steps(void) {
  const char* text = getenv("PACE_MS");
  long steps = (text != NULL ? atol(text) : 3000) / 5;
  return steps > 0 ? steps : 1;
}

// Blocks of 16 to 271 bytes, of which four at a time are alive.
static inline void pace_noise(long blocks) {
  void* held[4] = {NULL, NULL, NULL, NULL};
  for (long i = 0; i < blocks; ++i) {
    free(held[i % 4]);
    held[i % 4] = keep(malloc(16 + (size_t)(i * 29 % 256)));
  }
  for (long i = 0; i < 4; ++i) {
    free(held[i]);
  }
}

// The times are absolute: a step that was late delays no other.
static inline void pace_wait(struct timespec* next) {
  next->tv_nsec += 5000000L;
  if (next->tv_nsec >= 1000000000L) {
    next->tv_nsec -= 1000000000L;
    next->tv_sec += 1;
  }
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL) == EINTR) {
  }
}

// Calls body(step, steps) for each step, 0 to steps - 1, with noise after each.
#ifdef __cplusplus
template <typename Body>
static inline void pace(Body body) {
#else
static inline void pace(void (*body)(long step, long steps)) {
#endif
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  long steps = pace_steps();
  for (long step = 0; step < steps; ++step) {
    body(step, steps);
    pace_noise(48);
    pace_wait(&next);
  }
}

// For payloads: 16 to 200, by turns.
static inline size_t pace_size(long turn) {
  return 16 + (size_t)turn * 37 % 185;
}

// The last line of a program. `inserted` below 0: it makes no sense here.
static inline void truth(const char* owner, const char* container, size_t entries, long inserted) {
  printf("truth: {\"owner\": \"%s\", \"container\": \"%s\", \"entries\": %zu, ", owner, container,
         entries);
  if (inserted < 0) {
    printf("\"inserted\": null, \"evicted\": null}\n");
  } else {
    printf("\"inserted\": %ld, \"evicted\": %ld}\n", inserted, inserted - (long)entries);
  }
  fflush(stdout);
}

#ifdef __cplusplus
#include <string>

// Too long to lie in the string itself.
static inline std::string payload(long turn) {
  return std::string(pace_size(turn), 'x');
}

static inline void look_at(const std::string& text) {
  keep(const_cast<char*>(text.data()));
}
#endif

#endif
