// popen(): what the shell writes arrives, and the shell is a process of the capture.
// expect: {"processes": [2, 3], "status": 0, "totals": {"live_blocks": 0}}
#include <stdio.h>
#include <string.h>

int main(void) {
  char line[64] = "";
  FILE* pipe = popen("echo through the pipe", "r");
  if (pipe == NULL || fgets(line, sizeof line, pipe) == NULL) {
    return 1;
  }
  return pclose(pipe) == 0 && strcmp(line, "through the pipe\n") == 0 ? 0 : 1;
}
