# What the unwinder needs from outside: nothing that locks, allocates or is C++'s library.
# Run with -DARCHIVE=… -DNM=….

cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${NM} --undefined-only --format=posix ${ARCHIVE} OUTPUT_VARIABLE listing
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${NM} --defined-only --format=posix ${ARCHIVE} OUTPUT_VARIABLE defined
                COMMAND_ERROR_IS_FATAL ANY)
set(allowed _r_debug getauxval memcpy memset memmove memcmp _GLOBAL_OFFSET_TABLE_)
string(REGEX MATCHALL "[^\n]+ U" lines "${listing}")
list(LENGTH lines found)
if(found EQUAL 0)
  message(FATAL_ERROR "no symbols read from ${ARCHIVE}")
endif()
foreach(line IN LISTS lines)
  string(REGEX REPLACE " U$" "" name "${line}")
  string(FIND "${defined}" "\n${name} " inside)
  if(inside EQUAL -1 AND NOT name IN_LIST allowed)
    message(SEND_ERROR "the unwinder needs ${name}")
  endif()
endforeach()
