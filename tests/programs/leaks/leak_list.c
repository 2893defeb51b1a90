// A list whose head is lost: one block is lost, the others through it.
// expect: {"classes": {"definitely": [1, 16], "indirectly": [4, 64]}, "lost_in": "add", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

struct node {
  struct node* next;
  long value;
};

static APART struct node* add(struct node* next, long value) {
  struct node* made = (struct node*)keep(malloc(sizeof *made));
  made->next = next;
  made->value = value;
  return made;
}

static APART void build(void) {
  struct node* head = 0;
  for (long i = 0; i < 5; ++i) {
    head = add(head, i);
  }
#ifdef CLEAN
  while (head != 0) {
    struct node* next = head->next;
    free(head);
    head = next;
  }
#endif
  keep(head);
}

int main(void) {
  build();
  forget();
  return 0;
}
