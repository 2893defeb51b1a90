# The examples of tools/ci/README.md, run step by step.
add_test(NAME integration.ci_pages
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/ci_pages.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.ci_pages PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
