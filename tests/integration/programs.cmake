# One test a fixture of tests/programs, twins included.
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/programs/*/*.c
     ${PROJECT_SOURCE_DIR}/tests/programs/*/*.cpp)
# Those have a script of their own: caches.py.
list(FILTER sources EXCLUDE REGEX "/caches(_blind)?/")
foreach(source ${sources})
  cmake_path(GET source STEM LAST_ONLY name)
  if(name MATCHES "\\.plugin$")
    continue()
  endif()
  file(STRINGS ${source} clean_line REGEX "^// clean: " LIMIT_COUNT 1)
  set(names ${name})
  if(clean_line)
    list(APPEND names ${name}_clean)
  endif()
  foreach(each ${names})
    add_test(NAME program.${each}
             COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/programs.py --build ${CMAKE_BINARY_DIR} ${each})
    set_tests_properties(program.${each} PROPERTIES LABELS integration TIMEOUT 600
                         SKIP_RETURN_CODE 77)
  endforeach()
endforeach()
