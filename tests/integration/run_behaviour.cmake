# How track run, collect and doctor behave to those who call them.
add_test(NAME integration.run_behaviour
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/run_behaviour.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.run_behaviour PROPERTIES LABELS integration TIMEOUT 600)
