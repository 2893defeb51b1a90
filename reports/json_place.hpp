// A value within a JSON document that knows where it stands, for messages about bad input. Floor 4.
//
// Private to reports/. Refers to the document and to the place around it, so it must not outlive
// them; costs nothing but a few pointers until something is wrong. Throws misplaced_value, which
// the reader of the whole document turns into an error.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace track::reports {

class misplaced_value : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class json_place {
 public:
  explicit json_place(const nlohmann::json& document) : value_(&document) {}

  // The member of an object; null when it is missing.
  json_place operator[](const char* key) const;

  bool is_null() const { return value_->is_null(); }
  std::string text() const;  // null: empty
  bool flag() const;
  std::optional<bool> optional_flag() const;

  std::int64_t number() const;
  double real() const;
  template <typename T = std::uint64_t>
  T count() const {
    if (!value_->is_number_unsigned() || value_->get<std::uint64_t>() > largest<T>()) {
      refuse("a count");
    }
    return static_cast<T>(value_->get<std::uint64_t>());
  }
  template <typename T = std::uint64_t>
  std::optional<T> optional_count() const {
    return is_null() ? std::nullopt : std::optional<T>(count<T>());
  }
  template <typename T>
  std::optional<T> optional_number() const {
    if (is_null()) {
      return std::nullopt;
    }
    if (number() < std::numeric_limits<T>::min() || number() > std::numeric_limits<T>::max()) {
      refuse("in its range");
    }
    return static_cast<T>(number());
  }
  // The index of its text among `names`.
  int one_of(std::initializer_list<std::string_view> names) const;

  template <typename Body>
  void for_each(Body&& body) const {
    if (!value_->is_array()) {
      refuse("a list");
    }
    for (std::size_t i = 0; i < value_->size(); ++i) {
      body(json_place(&(*value_)[i], this, nullptr, i));
    }
  }

  // Throws: "findings[3].blocks is not WHAT".
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  json_place(const nlohmann::json* value, const json_place* around, const char* key,
             std::size_t index)
      : value_(value), around_(around), key_(key), index_(index) {}

  template <typename T>
  static constexpr std::uint64_t largest() {
    return static_cast<std::uint64_t>(std::numeric_limits<T>::max());
  }
  std::string path() const;

  const nlohmann::json* value_;
  const json_place* around_ = nullptr;
  const char* key_ = nullptr;
  std::size_t index_ = 0;
};

}  // namespace track::reports
