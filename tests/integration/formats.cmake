# Reports for other programs.
add_test(NAME integration.formats
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/formats.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.formats PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
