// Allocation in destructors of thread_local objects and of pthread keys (in every round they are
// given), in atexit handlers and in destructors of static objects.
// expect: {"status": 0, "survivors": [{"function": "last_words", "blocks": 34, "bytes": 3400}], "mismatches": []}
// flags: -pthread
#include <pthread.h>

#include <cstdlib>
#include <thread>

#include "keep.h"

namespace {

__attribute__((noinline)) void last_words() {
  keep(std::malloc(100));
}

struct talker {
  ~talker() { last_words(); }
  int use = 1;
};

thread_local talker at_thread_end;
talker at_exit;
pthread_key_t key;

// Sets its own value again, so that it is called PTHREAD_DESTRUCTOR_ITERATIONS times.
void key_destructor(void* value) {
  pthread_setspecific(key, value);
  last_words();
}

}  // namespace

int main() {
  pthread_key_create(&key, key_destructor);
  std::atexit(last_words);
  for (int i = 0; i < 4; ++i) {
    std::thread([] {
      at_thread_end.use = 2;
      pthread_setspecific(key, &key);
      for (int k = 0; k < 3; ++k) {
        last_words();
      }
    }).join();
  }
  return 0;
}
