// A manager that hands out one object a name, and forgets it when nobody uses it any more.
//
// The map refers to its values weakly, so it is no owner: the loggers belong to those who asked for
// them. get_or_create makes one object a name, also when many threads ask for it at once.
//
// Prints:
//   open db
//   the same object: true
//   alive: 1
//   close db
//   alive: 0
//   open db
//   close db
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <track/make_shared.hpp>
#include <track/weak_value_map.hpp>

namespace {

class logger {
 public:
  explicit logger(std::string name) : name_(std::move(name)) {
    std::cout << "open " << name_ << '\n';
  }
  ~logger() { std::cout << "close " << name_ << '\n'; }

 private:
  std::string name_;
};

class logger_manager {
 public:
  std::shared_ptr<logger> get(const std::string& name) {
    return alive_.get_or_create(name, [&name] { return track::make_shared<logger>(name); });
  }
  std::size_t alive() const { return alive_.size(); }

 private:
  track::weak_value_map<std::string, logger> alive_;
};

}  // namespace

int main() {
  logger_manager manager;
  {
    const auto one = manager.get("db");
    const auto other = manager.get("db");
    std::cout << "the same object: " << std::boolalpha << (one == other) << '\n';
    std::cout << "alive: " << manager.alive() << '\n';
  }
  std::cout << "alive: " << manager.alive() << '\n';
  manager.get("db");  // a new one: the old one is gone, and so is its entry
}
