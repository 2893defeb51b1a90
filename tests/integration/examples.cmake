# What the commands say of the examples; what these print themselves, libtrack/examples tests.
add_test(NAME integration.examples
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/examples.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.examples PROPERTIES LABELS integration TIMEOUT 600
                     SKIP_RETURN_CODE 77)
