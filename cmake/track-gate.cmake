# track_add_test_gate: a whole suite of tests under `track run`, and one test that judges them all.
#
#   track_add_test_gate(leaks
#     TARGETS session_test cache_test      # their tests run recorded
#     TESTS session cache                  # tests of add_test
#     BASELINE ${CMAKE_SOURCE_DIR}/leaks.txt
#     SUPPRESSIONS ${CMAKE_SOURCE_DIR}/known.supp
#     FAIL_ON lost cycle                   # by default as `track gate` has it
#     GATE_ARGS --source-root ${CMAKE_SOURCE_DIR} --junit ${CMAKE_BINARY_DIR}/leaks.xml)
#
# Tests that gtest_discover_tests or catch_discover_tests finds take part by
# `PROPERTIES FIXTURES_REQUIRED track_leaks` in its call. The gate runs after all of them, also when
# one failed, and reads NAME.captures in the current binary folder, which is emptied before. A baseline
# that is not there yet is an empty one: `track baseline DIR -o FILE` makes it. A .track.toml beside the
# list file, or at the top of the project, counts; what stands here wins over it.
find_program(TRACK_EXECUTABLE track HINTS ${PACKAGE_PREFIX_DIR}/bin DOC "the track command")

function(track_add_test_gate name)
  cmake_parse_arguments(arg "" "BASELINE;SUPPRESSIONS" "TARGETS;TESTS;FAIL_ON;GATE_ARGS" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "track_add_test_gate: what is ${arg_UNPARSED_ARGUMENTS}?")
  endif()
  if(NOT TRACK_EXECUTABLE)
    message(FATAL_ERROR "track_add_test_gate: no track command; set TRACK_EXECUTABLE")
  endif()
  set(captures ${CMAKE_CURRENT_BINARY_DIR}/${name}.captures)
  file(MAKE_DIRECTORY ${captures})
  # Tests run in the build tree, which may lie outside of the project and its defaults.
  set(config "")
  foreach(folder ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR} ${CMAKE_SOURCE_DIR})
    if(NOT config AND EXISTS ${folder}/.track.toml)
      set(config --config ${folder}/.track.toml)
    endif()
  endforeach()
  foreach(target IN LISTS arg_TARGETS)
    # Leaks are for the gate to judge; a test keeps its own status.
    set_property(TARGET ${target} PROPERTY CROSSCOMPILING_EMULATOR
                 "${TRACK_EXECUTABLE};run;${config};--quiet;--fail-on;none;-o;${captures}/${target}.%p.track;--")
  endforeach()

  file(WRITE ${captures}.cmake
       "file(REMOVE_RECURSE \"${captures}\")\nfile(MAKE_DIRECTORY \"${captures}\")\n")
  add_test(NAME ${name}.begin COMMAND ${CMAKE_COMMAND} -P ${captures}.cmake)
  set_tests_properties(${name}.begin PROPERTIES FIXTURES_SETUP track_${name})
  if(arg_TESTS)
    set_property(TEST ${arg_TESTS} APPEND PROPERTY FIXTURES_REQUIRED track_${name})
  endif()

  set(words gate ${captures} --full-stacks ${config})
  if(arg_BASELINE AND EXISTS ${arg_BASELINE})
    list(APPEND words --baseline ${arg_BASELINE})
  elseif(arg_BASELINE)
    message(STATUS "${name}: no ${arg_BASELINE} yet, so nothing is accepted")
  endif()
  if(arg_SUPPRESSIONS)
    list(APPEND words --suppressions ${arg_SUPPRESSIONS})
  endif()
  if(arg_FAIL_ON)
    list(JOIN arg_FAIL_ON "," kinds)
    list(APPEND words --fail-on ${kinds})
  endif()
  add_test(NAME ${name} COMMAND ${TRACK_EXECUTABLE} ${words} ${arg_GATE_ARGS})
  set_tests_properties(${name} PROPERTIES FIXTURES_CLEANUP track_${name})
endfunction()
