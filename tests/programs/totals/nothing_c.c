// Allocates nothing at all.
// expect: {"totals": {"allocations": 0, "frees": 0, "live_blocks": 0}, "status": 0, "states": ["complete"], "exit": {"kind": "exited", "code": 0}}
int main(void) {
  return 0;
}
