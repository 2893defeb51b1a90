# What `cmake --install` makes works without the build folder.
add_test(NAME integration.install
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/install.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.install PROPERTIES LABELS integration TIMEOUT 600)
