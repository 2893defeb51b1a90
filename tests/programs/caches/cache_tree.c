// A binary tree of prices by number, that nobody prunes. Clean: the smallest number goes when there
// are 250.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <stdlib.h>
#include <string.h>

#include "pace.h"

struct price {
  struct price *less, *more;
  unsigned number;
  char* text;
};
static struct price* g_root;
static long g_inserted, g_removed;

static void add(unsigned number) {
  struct price** at = &g_root;
  while (*at != NULL) {
    at = number < (*at)->number ? &(*at)->less : &(*at)->more;
  }
  struct price* made = calloc(1, sizeof *made);
  size_t size = pace_size(g_inserted);
  made->number = number;
  made->text = malloc(size);
  memset(made->text, 'p', size);
  *at = made;
  ++g_inserted;
}

static void remove_smallest(void) {
  struct price** at = &g_root;
  while ((*at)->less != NULL) {
    at = &(*at)->less;
  }
  struct price* smallest = *at;
  *at = smallest->more;
  free(smallest->text);
  free(smallest);
  ++g_removed;
}

static void body(long step, long steps) {
  long most = steps * 5;
#ifdef CLEAN
  most = 250;
#endif
  for (long i = 0; i < 5; ++i) {
    add((unsigned)(step * 5 + i) * 2654435761u);
    if (g_inserted - g_removed > most) {
      remove_smallest();
    }
  }
}

int main(void) {
  pace(body);
  truth("g_root", "", (size_t)(g_inserted - g_removed), g_inserted);
  return 0;
}
