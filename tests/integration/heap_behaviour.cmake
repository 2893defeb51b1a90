# What is lost, whether it is new, and why it is there: the commands that judge, on real programs.
add_test(NAME integration.heap_behaviour
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/heap_behaviour.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.heap_behaviour PROPERTIES LABELS integration TIMEOUT 600
                     SKIP_RETURN_CODE 77)
