# What the commands say of every program of the corpus of leaks: kinds, stacks, cycles, advice.
add_test(NAME integration.leak_reports
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/leak_reports.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.leak_reports PROPERTIES LABELS integration TIMEOUT 600)
