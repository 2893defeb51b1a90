// The leaking twin of tree.cpp: children own their parent as well, so no count ever comes to zero.
//
//   track run -o it.track -- ./tree_leaking && track cycles it.track
// names the cycle, its fields, and the edge to make weak: node::parent.
//
// Prints:
//   leaf's parent is branch
//   alive: 3
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <track/counted.hpp>
#include <track/make_shared.hpp>

namespace {

struct node : track::counted<node> {
  explicit node(std::string n) : name(std::move(n)) {}
  ~node() { std::cout << '~' << name << '\n'; }

  std::string name;
  std::shared_ptr<node> parent;  // the bug: an owner, and a back edge
  std::vector<std::shared_ptr<node>> children;
};

std::shared_ptr<node> add(const std::shared_ptr<node>& parent, std::string name) {
  auto child = track::make_shared<node>(std::move(name));
  child->parent = parent;
  parent->children.push_back(child);
  return child;
}

// Apart, so that no old pointer is left in the frame of main.
[[gnu::noinline]] void grow_and_forget() {
  const auto root = track::make_shared<node>("root");
  const auto leaf = add(add(root, "branch"), "leaf");
  std::cout << leaf->name << "'s parent is " << leaf->parent->name << '\n';
}

}  // namespace

int main() {
  grow_and_forget();
  std::cout << "alive: " << node::live() << '\n';
}
