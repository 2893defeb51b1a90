#include "reports/json_place.hpp"

#include <algorithm>

namespace track::reports {

json_place json_place::operator[](const char* key) const {
  static const nlohmann::json missing;
  if (is_null()) {
    return {&missing, this, key, 0};
  }
  if (!value_->is_object()) {
    refuse("an object");
  }
  const auto found = value_->find(key);
  return {found == value_->end() ? &missing : &*found, this, key, 0};
}

std::string json_place::text() const {
  if (is_null()) {
    return {};
  }
  if (!value_->is_string()) {
    refuse("a text");
  }
  return value_->get<std::string>();
}

bool json_place::flag() const {
  if (!value_->is_boolean()) {
    refuse("true or false");
  }
  return value_->get<bool>();
}

std::optional<bool> json_place::optional_flag() const {
  return is_null() ? std::nullopt : std::optional(flag());
}

std::int64_t json_place::number() const {
  const bool fits = value_->is_number_unsigned()
                        ? value_->get<std::uint64_t>() <= largest<std::int64_t>()
                        : value_->is_number_integer();
  if (!fits) {
    refuse("a whole number");
  }
  return value_->get<std::int64_t>();
}

double json_place::real() const {
  if (!value_->is_number()) {
    refuse("a number");
  }
  return value_->get<double>();
}

int json_place::one_of(std::initializer_list<std::string_view> names) const {
  const std::string found = text();
  const auto at = std::find(names.begin(), names.end(), found);
  if (at == names.end()) {
    refuse("a word that this track knows: '" + found.substr(0, 40) + "'");
  }
  return static_cast<int>(at - names.begin());
}

void json_place::refuse(const std::string& what) const {
  const std::string where = path();
  throw misplaced_value((where.empty() ? "the document" : where) + " is not " + what);
}

std::string json_place::path() const {
  if (around_ == nullptr) {
    return {};
  }
  const std::string before = around_->path();
  if (key_ == nullptr) {
    return before + "[" + std::to_string(index_) + "]";
  }
  return before.empty() ? std::string(key_) : before + "." + key_;
}

}  // namespace track::reports
