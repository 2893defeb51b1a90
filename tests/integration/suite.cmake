# A suite in which not every test ends well, and its one verdict.
add_test(NAME integration.suite
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/suite.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.suite PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
