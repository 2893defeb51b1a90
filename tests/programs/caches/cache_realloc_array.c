// An array of lines that realloc makes longer, each line a block of its own, never freed. Clean:
// all lines are freed when there are 200, the array stays.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <stdlib.h>
#include <string.h>

#include "pace.h"

static char** g_lines;
static size_t g_count, g_capacity;
static long g_inserted;

static void append(long number) {
  if (g_count == g_capacity) {
    g_capacity = g_capacity == 0 ? 16 : g_capacity * 2;
    g_lines = realloc(g_lines, g_capacity * sizeof *g_lines);
  }
  size_t size = pace_size(number);
  g_lines[g_count] = malloc(size);
  memset(g_lines[g_count], 'l', size);
  ++g_count;
  ++g_inserted;
}

static void body(long step, long steps) {
  (void)steps;
  for (long i = 0; i < 6; ++i) {
#ifdef CLEAN
    while (g_count > 0 && g_inserted % 200 == 0) {
      free(g_lines[--g_count]);
    }
#endif
    append(step * 6 + i);
  }
}

int main(void) {
  pace(body);
  truth("g_lines", "", g_count, g_inserted);
  return 0;
}
