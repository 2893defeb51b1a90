// A map by address, in shards of a lock each, for the life of the process. Floor 3.
//
// Never destroyed: it is asked after the last destructor. A fork takes all locks first, so that the
// child finds none held; `Purpose` tells maps of the same value apart. At most 32 shards: more
// locks at once are more than ThreadSanitizer's deadlock detector can take.
#pragma once

#include <pthread.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <unordered_map>

namespace track::detail {

template <typename Purpose, typename Value, std::size_t Shards, unsigned Shift>
class address_shards {
  static_assert(Shards <= 32);

 public:
  struct shard {
    std::mutex mutex;
    std::unordered_map<std::uintptr_t, Value> values;
  };

  static shard& of(std::uintptr_t address) noexcept {
    return all().shards_[(address >> Shift) % Shards];
  }

 private:
  address_shards() noexcept {
    // Without memory for the handlers a child may hang that allocates; nothing else is lost.
    pthread_atfork([] { all().lock(); }, [] { all().unlock(); }, [] { all().unlock(); });
  }

  static address_shards& all() noexcept {
    alignas(address_shards) static unsigned char storage[sizeof(address_shards)];
    static auto* const only = new (static_cast<void*>(storage)) address_shards;
    return *only;
  }

  void lock() {
    for (shard& each : shards_) {
      each.mutex.lock();
    }
  }
  void unlock() {
    for (shard& each : shards_) {
      each.mutex.unlock();
    }
  }

  std::array<shard, Shards> shards_;
};

}  // namespace track::detail
