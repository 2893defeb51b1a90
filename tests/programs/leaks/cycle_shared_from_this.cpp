// Objects that know their own control block: the weak pair in each of them is no owner.
// expect: {"classes": {"definitely": [1, null], "indirectly": [1, null]}, "cycles": [{"members": [["Job", 1], ["Worker", 1]], "edges": ["Worker.job", "Job.worker"], "weaken": ["Job.worker"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct Worker;
struct Job : std::enable_shared_from_this<Job> {
#ifdef CLEAN
  std::weak_ptr<Worker> worker;
#else
  std::shared_ptr<Worker> worker;
#endif
  virtual ~Job() = default;
};
struct Worker : std::enable_shared_from_this<Worker> {
  std::shared_ptr<Job> job;
  virtual ~Worker() = default;
  void start() {
    job = std::make_shared<Job>();
    job->worker = shared_from_this();
  }
};

static APART void build() {
  std::make_shared<Worker>()->start();
}

int main() {
  build();
  forget();
  return 0;
}
