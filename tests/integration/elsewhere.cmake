# Stills where they are hard: many threads, limits, filters, namespaces, an empty root.
add_test(NAME integration.elsewhere
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/elsewhere.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.elsewhere PROPERTIES LABELS integration TIMEOUT 600
                     SKIP_RETURN_CODE 77)
