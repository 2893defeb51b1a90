# The adapters of test frameworks, on suites in which it is known who leaks.
function(track_leaky_suite name)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  # As people build tests, and so that stacks have the frames that were written.
  target_compile_options(${name} PRIVATE -O1 -g)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/frameworks)
endfunction()

set(frameworks_dir ${PROJECT_SOURCE_DIR}/tests/frameworks)
file(GLOB sources CONFIGURE_DEPENDS ${frameworks_dir}/gtest_leaks/*.cpp)
track_leaky_suite(gtest_leaks ${sources})
target_link_libraries(gtest_leaks PRIVATE libtrack::gtest_main track_warnings)
file(GLOB sources CONFIGURE_DEPENDS ${frameworks_dir}/catch2_leaks/*.cpp)
track_leaky_suite(catch2_leaks ${sources})
target_link_libraries(catch2_leaks PRIVATE libtrack::catch2 track_warnings)

foreach(topic gtest_leaks catch2_leaks)
  add_test(NAME integration.${topic}
           COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/${topic}.py ${CMAKE_BINARY_DIR})
  set_tests_properties(integration.${topic} PROPERTIES LABELS integration TIMEOUT 600)
endforeach()
