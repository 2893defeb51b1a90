// An allocator whose calloc and realloc are made of its own public malloc and free. Those calls go
// through the dynamic linker like anybody's, so it calls a preloaded malloc itself.
// flags: -shared -fPIC -D_GNU_SOURCE -fno-builtin
#include <errno.h>

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static _Alignas(64) char arena[(size_t)1 << 24];
static atomic_size_t used;

void* malloc(size_t size);
void free(void* block);
void* calloc(size_t count, size_t size);
void* realloc(void* block, size_t size);
size_t malloc_usable_size(void* block);

// Each block is preceded by its size; memory is never used again.
void* malloc(size_t size) {
  const size_t room = ((size + 15) & ~(size_t)15) + 16;
  const size_t start = size > sizeof arena / 2 ? sizeof arena : atomic_fetch_add(&used, room);
  if (start + room > sizeof arena) {
    errno = ENOMEM;
    return NULL;
  }
  *(size_t*)(arena + start) = size;
  return arena + start + 16;
}

size_t malloc_usable_size(void* block) {
  return block == NULL ? 0 : *((size_t*)block - 2);
}

void free(void* block) {
  if ((uintptr_t)block - (uintptr_t)arena < sizeof arena) {
    memset(block, 0xdd, malloc_usable_size(block));
  }
}

void* calloc(size_t count, size_t size) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return NULL;
  }
  void* block = malloc(bytes);
  if (block != NULL) {
    memset(block, 0, bytes);
  }
  return block;
}

void* realloc(void* block, size_t size) {
  void* larger = malloc(size);
  if (larger != NULL && block != NULL) {
    const size_t kept = malloc_usable_size(block);
    memcpy(larger, block, kept < size ? kept : size);
    free(block);
  }
  return larger;
}
