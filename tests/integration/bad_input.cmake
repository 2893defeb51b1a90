# Input that is not as it should be, and output that cannot be written.
add_test(NAME integration.bad_input
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/bad_input.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.bad_input PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
