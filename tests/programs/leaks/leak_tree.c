// The root of a tree is lost: its 30 children count as lost through it.
// expect: {"classes": {"definitely": [1, 16], "indirectly": [30, 480]}, "lost_in": "grow", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

struct node {
  struct node* left;
  struct node* right;
};

static APART struct node* grow(int depth) {
  struct node* made = (struct node*)keep(malloc(sizeof *made));
  made->left = depth > 1 ? grow(depth - 1) : 0;
  made->right = depth > 1 ? grow(depth - 1) : 0;
  return made;
}

#ifdef CLEAN
static void fell(struct node* tree) {
  if (tree != 0) {
    fell(tree->left);
    fell(tree->right);
    free(tree);
  }
}
#endif

static APART void build(void) {
  struct node* tree = grow(5);
#ifdef CLEAN
  fell(tree);
#endif
  keep(tree);
}

int main(void) {
  build();
  forget();
  return 0;
}
