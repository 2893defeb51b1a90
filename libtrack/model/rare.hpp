// A value that few have, such as a finding's cycle: where it is not there it takes one word.
// Floor 3.
//
// Reads like std::optional. Owns its value; copies copy it.
#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace track::model {

template <typename T>
class rare {
 public:
  rare() = default;
  rare(std::nullopt_t) {}
  rare(T value) : value_(std::make_unique<T>(std::move(value))) {}
  rare(const rare& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
  rare(rare&& other) noexcept = default;
  rare& operator=(rare other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  ~rare() = default;

  T& emplace() {
    value_ = std::make_unique<T>();
    return *value_;
  }
  void reset() { value_.reset(); }

  bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace track::model
