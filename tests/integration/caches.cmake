# Containers that only take in, on programs that run for some seconds.
add_test(NAME integration.caches
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/caches.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.caches PROPERTIES LABELS integration TIMEOUT 900 SKIP_RETURN_CODE 77)
