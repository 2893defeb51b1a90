/* A still of the heap, asked for by the program itself. C and C++.
 *
 * The symbol is weak: a program links and runs without libtrack, and the call does nothing then.
 * Under `track run` or the preload the still goes to the capture, with trigger `api`. The program
 * is held up while its page tables are copied, about 25 ms a GiB. Any thread; not from a signal
 * handler.
 */
#ifndef LIBTRACK_SNAPSHOT_H
#define LIBTRACK_SNAPSHOT_H

#ifdef __cplusplus
extern "C" {
#endif

__attribute__((weak)) int libtrack_snapshot(void);

/* 1: a still is taken. 0: it is not: nothing records this program, another still is under way, or
 * there is no memory for one. */
static inline int track_snapshot(void) {
  return libtrack_snapshot ? libtrack_snapshot() : 0;
}

#ifdef __cplusplus
}
#endif

#endif
