# HTML reports, in a real browser.
add_test(NAME integration.html
         COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/html.py ${CMAKE_BINARY_DIR})
set_tests_properties(integration.html PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)

# The command as it is built where there is no npm: a definition of its own keeps the bundled page
# out of the archive's members.
add_executable(track_without_page ${PROJECT_SOURCE_DIR}/tools/main.cpp
               ${PROJECT_SOURCE_DIR}/reports/html/no_page.cpp)
target_link_libraries(track_without_page PRIVATE libtrack::commands track_warnings)
