// Allocates nothing itself; the C++ runtime takes its emergency pool (one block, never freed).
// expect: {"totals": {"allocations": [0, 2], "frees": 0}, "status": 0, "states": ["complete"]}
#include <new>

int main() {
  // Without any use of it the linker would leave libstdc++ out.
  return std::get_new_handler() == nullptr ? 0 : 1;
}
