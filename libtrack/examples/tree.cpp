// A tree whose parents own their children, and whose children know their parent weakly. The whole
// tree goes with its root. Its leaking twin is tree_leaking.cpp.
//
// Prints:
//   leaf's parent is branch
//   ~root
//   ~branch
//   ~leaf
//   alive: 0
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <track/counted.hpp>
#include <track/make_shared.hpp>
#include <track/weak_ref.hpp>

namespace {

struct node : track::counted<node> {
  explicit node(std::string n) : name(std::move(n)) {}
  ~node() { std::cout << '~' << name << '\n'; }

  std::string name;
  track::weak_ref<node> parent;  // the edge that would close the cycle does not own
  std::vector<std::shared_ptr<node>> children;
};

std::shared_ptr<node> add(const std::shared_ptr<node>& parent, std::string name) {
  auto child = track::make_shared<node>(std::move(name));
  child->parent = parent;
  parent->children.push_back(child);
  return child;
}

}  // namespace

int main() {
  {
    const auto root = track::make_shared<node>("root");
    const auto leaf = add(add(root, "branch"), "leaf");
    std::cout << leaf->name << "'s parent is " << leaf->parent.lock()->name << '\n';
  }
  std::cout << "alive: " << node::live() << '\n';
}
