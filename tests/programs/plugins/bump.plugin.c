// An allocator of its own: a bump pointer, atomic, safe in signal handlers, free does nothing.
// Linked by programs that do in handlers what glibc's malloc forbids.
// flags: -shared -fPIC -D_GNU_SOURCE -fno-builtin
#include <errno.h>

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static _Alignas(64) char arena[(size_t)1 << 30];
static atomic_size_t used;

void* malloc(size_t size);
void free(void* block);
void* calloc(size_t count, size_t size);
void* realloc(void* block, size_t size);
void* memalign(size_t alignment, size_t size);
void* aligned_alloc(size_t alignment, size_t size);
int posix_memalign(void** out, size_t alignment, size_t size);
size_t malloc_usable_size(void* block);

// Each block is preceded by its size; blocks lie at multiples of 16.
static void* carve(size_t alignment, size_t size) {
  if (size > sizeof arena / 2) {
    errno = ENOMEM;
    return NULL;
  }
  size_t room = ((size + 15) & ~(size_t)15) + 16 + (alignment > 16 ? alignment : 0);
  size_t start = atomic_fetch_add(&used, room);
  if (start + room > sizeof arena) {
    errno = ENOMEM;
    return NULL;
  }
  uintptr_t block = (uintptr_t)arena + start + 16;
  if (alignment > 16) {
    block = (block + alignment - 1) & ~(uintptr_t)(alignment - 1);
  }
  *(size_t*)(block - 16) = size;
  return (void*)block;
}

void* malloc(size_t size) {
  return carve(16, size);
}

void free(void* block) {
  (void)block;
}

void* calloc(size_t count, size_t size) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return NULL;
  }
  return carve(16, bytes);
}

size_t malloc_usable_size(void* block) {
  return block == NULL ? 0 : *((size_t*)block - 2);
}

void* realloc(void* block, size_t size) {
  void* larger = carve(16, size);
  if (larger != NULL && block != NULL) {
    size_t kept = *((size_t*)block - 2);
    memcpy(larger, block, kept < size ? kept : size);
  }
  return larger;
}

void* memalign(size_t alignment, size_t size) {
  return carve(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  return carve(alignment, size);
}

int posix_memalign(void** out, size_t alignment, size_t size) {
  void* block = carve(alignment, size);
  *out = block;
  return block == NULL ? ENOMEM : 0;
}
