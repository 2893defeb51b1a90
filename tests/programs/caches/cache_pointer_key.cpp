// What was computed of a node is kept under the node's address, also when the node is dead. (Nodes
// come from a static arena, so that no address comes again.) Clean: a node that dies is forgotten.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <string>
#include <unordered_map>

#include "pace.h"

struct Node {
  long kind;
};
static Node g_arena[1 << 18];
static std::unordered_map<const Node*, std::string> g_memo;
static long g_inserted;

static const std::string& text_of(const Node* node) {
  auto found = g_memo.find(node);
  if (found == g_memo.end()) {
    found = g_memo.emplace(node, payload(node->kind)).first;
    ++g_inserted;
  }
  return found->second;
}

static void die(Node& node) {
  node.kind = -1;
#ifdef CLEAN
  g_memo.erase(&node);
#endif
}

int main() {
  const long length = 1 << 18;
  pace([&](long step, long) {
    for (long i = step * 5; i < step * 5 + 5; ++i) {
      Node& node = g_arena[i % length];
      node.kind = i;
      text_of(&node);
      look_at(text_of(&node));
      die(g_arena[(i + length - 200) % length]);
    }
  });
  truth("g_memo", "std::unordered_map", g_memo.size(), g_inserted);
  return 0;
}
