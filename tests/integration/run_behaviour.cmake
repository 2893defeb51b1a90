# How track behaves to those who call it: statuses, signals, files, surroundings.
foreach(topic run_behaviour collect_behaviour output_behaviour surroundings)
  add_test(NAME integration.${topic}
           COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/${topic}.py ${CMAKE_BINARY_DIR})
  set_tests_properties(integration.${topic} PROPERTIES LABELS integration TIMEOUT 600
                       SKIP_RETURN_CODE 77)
endforeach()
