#include <stdio.h>

#include <track/snapshot.h>

int main(void) {
  printf("still %d\n", track_snapshot());
  return 0;
}
