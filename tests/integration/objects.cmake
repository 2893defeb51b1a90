# Tracked objects from the program's registry to the reports.
add_test(NAME integration.objects
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/objects.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.objects PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
