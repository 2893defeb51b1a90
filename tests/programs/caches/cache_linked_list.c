// A singly linked list of commands, the newest first, without an end. Clean: every eighth step all
// but the newest 100 are freed.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <stdlib.h>
#include <string.h>

#include "pace.h"

struct command {
  struct command* next;
  char* text;
};
static struct command* g_newest;
static long g_inserted, g_removed;

static void remember(long number) {
  struct command* made = malloc(sizeof *made);
  size_t size = pace_size(number);
  made->text = malloc(size);
  memset(made->text, 'c', size);
  made->next = g_newest;
  g_newest = made;
  ++g_inserted;
}

static void cut(long kept) {
  struct command** at = &g_newest;
  for (; *at != NULL && kept > 0; --kept) {
    at = &(*at)->next;
  }
  while (*at != NULL) {
    struct command* old = *at;
    *at = old->next;
    free(old->text);
    free(old);
    ++g_removed;
  }
}

static void body(long step, long steps) {
  long kept = steps * 4;
#ifdef CLEAN
  kept = 100;
#endif
  for (long i = 0; i < 4; ++i) {
    remember(step * 4 + i);
  }
  if (step % 8 == 7) {
    cut(kept);
  }
}

int main(void) {
  pace(body);
  truth("g_newest", "", (size_t)(g_inserted - g_removed), g_inserted);
  return 0;
}
