# The exit status of `track run` by findings; sums and source places of reports.
add_test(NAME integration.asking_behaviour
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/asking_behaviour.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.asking_behaviour PROPERTIES LABELS integration TIMEOUT 600
                     SKIP_RETURN_CODE 77)
