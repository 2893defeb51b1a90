# The live view of a running program.
add_test(NAME integration.top
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/top.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.top PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
