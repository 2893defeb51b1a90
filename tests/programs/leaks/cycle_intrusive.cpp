// Counts inside of the objects (boost::intrusive_ptr): no control block proves anything.
// expect: {"classes": {"definitely": [1, null], "indirectly": [1, null]}, "cycles": [{"members": [["Actor", 1], ["Scene", 1]], "edges": ["Scene.actor", "Actor.scene"], "weaken": [], "proven": false, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "leak.h"

struct Scene;
struct Actor : boost::intrusive_ref_counter<Actor> {
#ifdef CLEAN
  Scene* scene = nullptr;
#else
  boost::intrusive_ptr<Scene> scene;
#endif
};
struct Scene : boost::intrusive_ref_counter<Scene> {
  boost::intrusive_ptr<Actor> actor;
  long id = 0;
};

static APART void build() {
  boost::intrusive_ptr<Scene> scene(new Scene);
  scene->actor = new Actor;
#ifdef CLEAN
  scene->actor->scene = scene.get();
#else
  scene->actor->scene = scene;
#endif
}

int main() {
  build();
  forget();
  return 0;
}
