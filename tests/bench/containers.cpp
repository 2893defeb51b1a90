// containers ROUNDS: what C++ programs do to the heap: maps, strings, vectors, shared pointers.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct order {
  std::string customer;
  std::vector<int> items;
  std::shared_ptr<const std::string> note;
};

unsigned long random_state = 1;

unsigned next_random() {
  random_state = random_state * 6364136223846793005UL + 1442695040888963407UL;
  return static_cast<unsigned>(random_state >> 33);
}

std::string name_of(unsigned number) {
  return "customer number " + std::to_string(number % 997);
}

std::vector<order> make_orders(std::size_t count) {
  std::vector<order> orders;
  for (std::size_t i = 0; i < count; ++i) {
    order made{name_of(next_random()), {}, std::make_shared<std::string>(40, 'n')};
    for (unsigned k = 0; k < 5 + next_random() % 20; ++k) {
      made.items.push_back(static_cast<int>(next_random() % 1000));
    }
    orders.push_back(std::move(made));
  }
  return orders;
}

std::size_t count_words(const std::vector<order>& orders) {
  std::unordered_map<std::string, std::map<int, int>> bought;
  for (const order& each : orders) {
    std::map<int, int>& counts = bought[each.customer];
    for (const int item : each.items) {
      ++counts[item];
    }
  }
  std::size_t entries = 0;
  for (const auto& [customer, counts] : bought) {
    for (const auto& [item, count] : counts) {
      entries += static_cast<std::size_t>(count) + customer.size() % 2 +
                 static_cast<std::size_t>(item % 2);
    }
  }
  return entries;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 10;
  std::size_t sum = 0;
  for (int round = 0; round < rounds; ++round) {
    sum += count_words(make_orders(5000));
  }
  std::printf("%zu\n", sum);
  return 0;
}
