# The registry, the tracking allocator and what is built on them.
track_weak_test(registry_test registry_test.cpp registry_report_test.cpp scope_test.cpp
                allocator_test.cpp counted_test.cpp)
track_weak_test(cache_probe_test cache_probe_test.cpp)
track_weak_test(cache_probe_race_test cache_probe_race_test.cpp)
track_weak_test(registry_failure_test registry_failure_test.cpp)
track_weak_test(registry_race_test registry_race_test.cpp)
track_weak_test(registry_process_test registry_process_test.cpp)
track_weak_test(registry_ledger_test registry_ledger_test.cpp)
