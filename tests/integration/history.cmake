# A project's commits, one after the other, and what the gate says of each.
find_program(GIT_COMMAND git)
find_program(MAKE_COMMAND make)
if(GIT_COMMAND AND MAKE_COMMAND)
  add_test(NAME integration.history
           COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/history.py ${CMAKE_BINARY_DIR})
  set_tests_properties(integration.history PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
endif()
