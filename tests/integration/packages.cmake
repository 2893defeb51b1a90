# The Debian packages: what is in them, and what they depend on.
add_test(NAME integration.packages
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/packages.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.packages PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
