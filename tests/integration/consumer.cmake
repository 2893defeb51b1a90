# Programs built against the installed package: by find_package and pkg-config, shared and static.
add_test(NAME integration.consumer
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/consumer.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.consumer PROPERTIES LABELS integration TIMEOUT 900
                     SKIP_RETURN_CODE 77)
