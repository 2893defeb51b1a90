// A circular list as the kernel's: the links lie inside the jobs and point to each other, the head
// is a global link. Clean: the oldest job goes when there are 120.
// expect: {"flagged": true, "also": ["g_jobs.next", "g_jobs.previous"]}
// clean: {"flagged": false}
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "pace.h"

struct link {
  struct link *next, *previous;
};
struct job {
  long number;
  char* text;
  struct link link;
};
static struct link g_jobs = {&g_jobs, &g_jobs};
static long g_inserted, g_removed;

static void add(long number) {
  struct job* made = malloc(sizeof *made);
  size_t size = pace_size(number);
  made->number = number;
  made->text = malloc(size);
  memset(made->text, 'j', size);
  made->link.next = &g_jobs;
  made->link.previous = g_jobs.previous;
  g_jobs.previous->next = &made->link;
  g_jobs.previous = &made->link;
  ++g_inserted;
}

static void remove_job(struct link* link) {
  struct job* job = (struct job*)(void*)((char*)link - offsetof(struct job, link));
  link->next->previous = link->previous;
  link->previous->next = link->next;
  free(job->text);
  free(job);
  ++g_removed;
}

static void body(long step, long steps) {
  long most = steps * 4;
#ifdef CLEAN
  most = 120;
#endif
  for (long i = 0; i < 4; ++i) {
    add(step * 4 + i);
    if (g_inserted - g_removed > most) {
      remove_job(g_jobs.next);
    }
  }
}

int main(void) {
  pace(body);
  truth("g_jobs", "", (size_t)(g_inserted - g_removed), g_inserted);
  return 0;
}
