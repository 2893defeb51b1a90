// Words that several threads read and write without order between them. Floor 0.
#pragma once

namespace track {

template <typename T>
T load_relaxed(const T& word) {
  return __atomic_load_n(&word, __ATOMIC_RELAXED);
}

template <typename T>
void store_relaxed(T& word, T value) {
  __atomic_store_n(&word, value, __ATOMIC_RELAXED);
}

}  // namespace track
