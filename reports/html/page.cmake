# Sets html_page_source: the page of `-f html`, bundled into one C++ source. That needs node and what
# `npm ci` installs here; without them track is built all the same, and -f html says what is missing.
find_program(LIBTRACK_NODE node DOC "node, for the page of HTML reports")
set(html_folder "${CMAKE_CURRENT_LIST_DIR}")
if(LIBTRACK_NODE AND EXISTS "${html_folder}/node_modules/esbuild")
  file(GLOB html_parts CONFIGURE_DEPENDS "${html_folder}/src/*")
  set(html_page_source "${CMAKE_CURRENT_BINARY_DIR}/html/html_page.cpp")
  add_custom_command(
    OUTPUT "${html_page_source}"
    COMMAND "${LIBTRACK_NODE}" "${html_folder}/build.mjs" "${CMAKE_CURRENT_BINARY_DIR}/html"
    DEPENDS "${html_folder}/build.mjs" "${html_folder}/package-lock.json" ${html_parts}
    COMMENT "Bundling the page of HTML reports" VERBATIM)
else()
  message(STATUS "HTML reports: left out, node or reports/html/node_modules is missing (npm ci)")
  set(html_page_source "${html_folder}/no_page.cpp")
endif()
