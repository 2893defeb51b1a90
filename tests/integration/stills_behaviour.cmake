# The way of a heap graph, from a program's still to the capture and back.
add_test(NAME integration.stills_behaviour
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/stills_behaviour.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.stills_behaviour PROPERTIES LABELS integration TIMEOUT 600
                     SKIP_RETURN_CODE 77)
