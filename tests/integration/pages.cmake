# Completion as bash and zsh take it, and the man pages as man shows them.
add_test(NAME integration.pages
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/pages.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.pages PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
