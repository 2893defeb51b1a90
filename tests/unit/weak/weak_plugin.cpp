// A library that is closed while what it registered may be there: see lifetime_test.cpp.
#include <memory>

#include <track/finalize.hpp>
#include <track/weak_ref.hpp>

namespace {

struct registrations {
  track::weak_ref<int> ref;
};
registrations mine;  // destroyed by dlclose

}  // namespace

extern "C" __attribute__((visibility("default"))) void plugin_watch(
    const std::shared_ptr<int>& object, int* calls) {
  mine.ref = track::weak_ref<int>(object, [calls](const track::dead_ref&) { ++*calls; });
}

extern "C" __attribute__((visibility("default"))) void plugin_leave_behind(
    const std::shared_ptr<int>& object, int* calls) {
  track::finalize(object, [calls] { ++*calls; });
}
