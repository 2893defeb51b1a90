/* Log ring in C: the last 600 lines of a service, for a crash report. NOT flagged: each line is a
 * malloc of its own length; once the ring is full (a little over half a second) every new line
 * frees the oldest. The array of slots itself starts at 16 and doubles with realloc until it has
 * its full size. Formatting uses temporaries. */
#define _POSIX_C_SOURCE 200809L
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RING_LIMIT = 600 };

typedef struct LogLine {
  int level;
  unsigned long serial;
  size_t length;
  char text[];
} LogLine;

typedef struct LogRing {
  LogLine** lines;
  size_t capacity; /* allocated slots */
  size_t count;    /* slots in use */
  size_t oldest;   /* index of the oldest line, once the ring is full */
  unsigned long serial;
  unsigned long dropped;
} LogRing;

static LogRing ring;
static uint32_t seed = 20240229u;

static uint32_t next_random(void) {
  seed = seed * 1664525u + 1013904223u;
  return seed >> 8;
}

static void ring_push(LogRing* r, LogLine* line) {
  if (r->count < RING_LIMIT) {
    if (r->count == r->capacity) {
      size_t capacity = r->capacity ? r->capacity * 2 : 16;
      if (capacity > RING_LIMIT)
        capacity = RING_LIMIT;
      LogLine** lines = realloc(r->lines, capacity * sizeof *lines);
      if (lines == NULL)
        abort();
      r->lines = lines;
      r->capacity = capacity;
    }
    r->lines[r->count++] = line;
    return;
  }
  free(r->lines[r->oldest]);
  r->dropped++;
  r->lines[r->oldest] = line;
  r->oldest = (r->oldest + 1) % RING_LIMIT;
}

static void log_line(int level, const char* format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  LogLine* line = malloc(sizeof *line + (size_t)length + 1);
  if (line == NULL)
    abort();
  line->level = level;
  line->serial = ++ring.serial;
  line->length = (size_t)length;
  vsnprintf(line->text, (size_t)length + 1, format, args);
  va_end(args);
  ring_push(&ring, line);
}

/* What a crash report would contain; made and thrown away now and then. */
static size_t render_report(const LogRing* r) {
  size_t need = 1, at = 0;
  for (size_t i = 0; i < r->count; i++)
    need += r->lines[i]->length + 24;
  char* report = malloc(need);
  if (report == NULL)
    abort();
  for (size_t i = 0; i < r->count; i++) {
    const LogLine* line = r->lines[(r->oldest + i) % r->count];
    at += (size_t)snprintf(report + at, need - at, "%lu [%d] %s\n", line->serial % 10000000,
                           line->level, line->text);
  }
  free(report);
  return at;
}

static void handle_request(unsigned long number) {
  size_t size = 100 + next_random() % 2000;
  char* body = malloc(size);
  if (body == NULL)
    abort();
  memset(body, 'b', size);
  body[size - 1] = 0;
  log_line(1, "request %lu from 10.0.%u.%u", number, next_random() % 256, next_random() % 256);
  log_line(2, "body of %zu bytes begins with %.*s", size, (int)(next_random() % 90), body);
  free(body);
}

int main(int argc, char** argv) {
  long ms = argc > 1 ? strtol(argv[1], NULL, 10) : 5000;
  struct timespec start, now, pause = {0, 2000000};
  size_t rendered = 0;
  unsigned long number = 0;

  clock_gettime(CLOCK_MONOTONIC, &start);
  do {
    handle_request(++number);
    if (number % 100 == 0)
      rendered += render_report(&ring);
    nanosleep(&pause, NULL);
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while ((now.tv_sec - start.tv_sec) * 1000L + (now.tv_nsec - start.tv_nsec) / 1000000L < ms);

  printf("rendered %zu, dropped %lu\n", rendered, ring.dropped);
  printf("truth: {\"flagged\": false, \"owner\": \"ring.lines\", \"entries\": %zu}\n", ring.count);
  return 0;
}
