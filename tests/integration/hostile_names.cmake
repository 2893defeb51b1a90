# Names that mean something to what reads our reports.
add_test(NAME integration.hostile_names
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/hostile_names.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.hostile_names PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
