# .track.toml: what it sets, which one counts, and what is said about mistakes in it.
add_test(NAME integration.defaults
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/defaults.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.defaults PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
