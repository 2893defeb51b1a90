/* Job scheduler in C with a hand-made list of finished jobs. FLAGGED: every finished job is moved
 * from the ready queue to the tail of scheduler.history ("for the admin page", which shows the last
 * twenty) and never leaves it. Intrusive list, no library container: job, its name and its result
 * are three mallocs a job. The ready queue and the free list of run contexts are bounded. */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_READY 24

struct job {
  struct job *next, *prev;
  unsigned long id;
  char* name;
  char* result;
  size_t result_len;
  int priority;
};

struct context {
  struct context* next;
  unsigned char scratch[1024];
};

static struct scheduler {
  struct job* ready;
  unsigned nready;
  struct {
    struct job *head, *tail;
    unsigned long count;
  } history;
  struct context* free_contexts;
  uint64_t rng;
  unsigned long next_id;
} scheduler = {.rng = 88172645463325252ull, .next_id = 1};

static uint64_t rnd(void) {
  uint64_t x = scheduler.rng;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return scheduler.rng = x;
}

static void* xmalloc(size_t n) {
  void* p = malloc(n);
  if (!p)
    abort();
  return p;
}

static void submit(const char* what) {
  struct job *j = xmalloc(sizeof *j), **at;
  char name[64];

  memset(j, 0, sizeof *j);
  j->id = scheduler.next_id++;
  j->priority = (int)(rnd() % 10);
  snprintf(name, sizeof name, "%s-%lu", what, j->id);
  j->name = strdup(name);
  for (at = &scheduler.ready; *at && (*at)->priority >= j->priority; at = &(*at)->next)
    ;
  j->next = *at;
  *at = j;
  scheduler.nready++;
}

static void run_next(void) {
  struct job* j = scheduler.ready;
  struct context* c = scheduler.free_contexts;
  size_t i;

  if (!j)
    return;
  scheduler.ready = j->next;
  scheduler.nready--;
  if (c)
    scheduler.free_contexts = c->next;
  else
    c = xmalloc(sizeof *c);

  for (i = 0; i < sizeof c->scratch; i++)
    c->scratch[i] = (unsigned char)('a' + (rnd() + j->id) % 26);
  j->result_len = 40 + rnd() % 160;
  j->result = xmalloc(j->result_len + 1);
  memcpy(j->result, c->scratch, j->result_len);
  j->result[j->result_len] = 0;

  c->next = scheduler.free_contexts;
  scheduler.free_contexts = c;

  j->next = NULL;
  j->prev = scheduler.history.tail;
  if (j->prev)
    j->prev->next = j;
  else
    scheduler.history.head = j;
  scheduler.history.tail = j;
  scheduler.history.count++;
}

static size_t admin_page(void) {
  size_t cap = 8192, len = 0;
  char* page = xmalloc(cap);
  const struct job* j = scheduler.history.tail;
  int shown;

  for (shown = 0; j && shown < 20; j = j->prev, shown++)
    len += (size_t)snprintf(page + len, cap - len, "%lu %s %.40s\n", j->id, j->name, j->result);
  free(page);
  return len;
}

int main(int argc, char** argv) {
  long ms = argc > 1 ? atol(argv[1]) : 5000;
  struct timespec start, now, nap = {0, 2000000};
  size_t shown = 0;

  clock_gettime(CLOCK_MONOTONIC, &start);
  do {
    if (scheduler.nready < MAX_READY)
      submit(rnd() % 3 ? "thumbnail" : "invoice");
    if (scheduler.nready < MAX_READY && rnd() % 4 == 0)
      submit("mail");
    run_next();
    shown += admin_page();
    nanosleep(&nap, NULL);
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < ms);

  printf("shown %zu bytes, ready %u\n", shown, scheduler.nready);
  printf("truth: {\"flagged\": true, \"owner\": \"scheduler.history\", \"entries\": %lu}\n",
         scheduler.history.count);
  return 0;
}
