# A suite of tests with one baseline, by the CMake function.
add_test(NAME integration.test_gate
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/test_gate.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.test_gate PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
