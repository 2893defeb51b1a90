// A value or an error. Floor 2: hosted code only, never in the preload.
//
// errors: an error carries a code for the exit status of the command and a message that says what,
// where (file, offset) and what to do. Bad input is neither a crash nor an exception.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace track {

// The exit statuses of the commands (contract: 2 usage, 3 bad input, 74 output, 70 a bug of ours).
enum class error_code : int {
  not_found = 1,
  usage = 2,
  bad_input = 3,
  incomplete = 4,
  internal = 70,
  output = 74
};

struct error {
  error_code code = error_code::internal;
  std::string message;
};

template <typename T>
class [[nodiscard]] result {
 public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(error failure) : state_(std::in_place_index<1>, std::move(failure)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const error& failure() const { return std::get<1>(state_); }

 private:
  std::variant<T, error> state_;
};

template <>
class [[nodiscard]] result<void> {
 public:
  result() = default;
  result(error failure) : failure_(std::move(failure)), failed_(true) {}

  explicit operator bool() const { return !failed_; }
  const error& failure() const { return failure_; }

 private:
  error failure_;
  bool failed_ = false;
};

}  // namespace track
