// Dependency graph of a build server; targets come and go. FLAGGED: removing a target erases it
// from BuildGraph::nodes (which stays at about 150), but the toolchain nodes it depended on keep a
// reference to it in Node::dependents. Nothing is unreachable: eight long-lived nodes hold every
// target that was ever removed, together with its outputs. No cycle, the references downwards are
// raw pointers.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using Ms = std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

class Node {
 public:
  explicit Node(std::string label) : name(std::move(label)) {}
  virtual ~Node() = default;
  virtual std::string commandLine() const = 0;

  std::string name;
  std::vector<Node*> dependencies;
  std::vector<std::shared_ptr<Node>> dependents;
};

class ToolchainNode final : public Node {
 public:
  using Node::Node;
  std::string commandLine() const override { return "/opt/toolchains/" + name + "/bin/cc"; }
};

class TargetNode final : public Node {
 public:
  TargetNode(std::string label, int sources) : Node(std::move(label)) {
    for (int i = 0; i < sources; ++i)
      outputs.push_back(name + "/objects/unit_" + std::to_string(i) + ".o");
  }
  std::string commandLine() const override {
    std::string line = dependencies.front()->commandLine();
    for (const auto& output : outputs)
      line += " " + output;
    return line;
  }
  std::vector<std::string> outputs;
};

class BuildGraph {
 public:
  Node* addToolchain(const std::string& name) {
    auto node = std::make_shared<ToolchainNode>(name);
    nodes[name] = node;
    return node.get();
  }

  std::shared_ptr<TargetNode> addTarget(const std::string& name, int sources,
                                        const std::vector<Node*>& uses) {
    auto node = std::make_shared<TargetNode>(name, sources);
    for (Node* used : uses) {
      node->dependencies.push_back(used);
      used->dependents.push_back(node);
    }
    nodes[name] = node;
    return node;
  }

  void remove(const std::string& name) {
    auto it = nodes.find(name);
    if (it == nodes.end())
      return;
    auto node = it->second;
    for (auto& dependent : node->dependents)
      std::erase(dependent->dependencies, node.get());
    node->dependencies.clear();  // the way down is cut, the way up (dependents) is forgotten
    nodes.erase(it);
  }

  std::size_t rebuildCost(const Node* toolchain) const {
    std::size_t cost = 0;
    for (const auto& dependent : toolchain->dependents)
      if (!dependent->dependencies.empty())
        cost += dependent->commandLine().size();
    return cost;
  }

  std::size_t size() const { return nodes.size(); }

 private:
  std::map<std::string, std::shared_ptr<Node>> nodes;
};

static BuildGraph* graph;

int main(int argc, char** argv) {
  const auto stop = Steady::now() + Ms(argc > 1 ? std::atoi(argv[1]) : 5000);
  graph = new BuildGraph;
  std::vector<Node*> toolchains;
  for (const char* name :
       {"gcc-12", "gcc-13", "gcc-14", "clang-15", "clang-16", "clang-17", "icx-24", "tcc-1"})
    toolchains.push_back(graph->addToolchain(name));

  std::mt19937 rng(31337);
  std::deque<std::string> present;
  std::size_t cost = 0;
  for (unsigned long serial = 0; Steady::now() < stop; ++serial) {
    std::string name = "//services/team" + std::to_string(rng() % 20);
    name += ":target_" + std::to_string(serial);
    std::vector<Node*> uses{toolchains[rng() % 8]};
    Node* second = toolchains[rng() % 8];
    if (second != uses.front())
      uses.push_back(second);
    auto target = graph->addTarget(name, 1 + static_cast<int>(rng() % 6), uses);
    cost += target->commandLine().size();
    present.push_back(name);
    while (present.size() > 140) {
      graph->remove(present.front());
      present.pop_front();
    }
    if (serial % 40 == 0)
      cost += graph->rebuildCost(toolchains[rng() % 8]);
    std::this_thread::sleep_for(std::chrono::microseconds(2200));
  }
  std::size_t held = 0;
  for (Node* toolchain : toolchains)
    held += toolchain->dependents.size();
  std::printf("cost %zu, nodes in the graph %zu\n", cost, graph->size());
  std::printf("truth: {\"flagged\": true, \"owner\": \"Node::dependents\", \"entries\": %zu}\n",
              held);
  return 0;
}
