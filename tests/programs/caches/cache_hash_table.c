// A hash table of one's own: a global array of buckets with chains, where hosts only come in.
// Clean: a host goes when 300 later ones came.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <stdlib.h>
#include <string.h>

#include "pace.h"

struct host {
  struct host* next;
  long key;
  char* name;
};
static struct host* g_buckets[256];
static long g_inserted, g_removed;

static struct host** bucket_of(long key) {
  return &g_buckets[(unsigned long)key * 2654435761u % 256];
}

static void add(long key) {
  struct host* made = malloc(sizeof *made);
  size_t size = pace_size(key);
  made->key = key;
  made->name = malloc(size);
  memset(made->name, 'h', size);
  made->next = *bucket_of(key);
  *bucket_of(key) = made;
  ++g_inserted;
}

static void drop(long key) {
  for (struct host** at = bucket_of(key); *at != NULL; at = &(*at)->next) {
    struct host* found = *at;
    if (found->key == key) {
      *at = found->next;
      free(found->name);
      free(found);
      ++g_removed;
      return;
    }
  }
}

static void body(long step, long steps) {
  (void)steps;
  for (long key = step * 6; key < step * 6 + 6; ++key) {
    drop(key);  // it may be there already
    add(key);
#ifdef CLEAN
    drop(key - 300);
#endif
  }
}

int main(void) {
  pace(body);
  truth("g_buckets", "", (size_t)(g_inserted - g_removed), g_inserted);
  return 0;
}
