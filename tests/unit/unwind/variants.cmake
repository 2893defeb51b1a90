# call_tree.cpp, compiled by both compilers in every way that changes frames. Adds the objects to
# `target` and writes variants.inc, the list of entry points.
find_program(LIBTRACK_CLANGXX NAMES clang++ clang++-14 clang++-15 clang++-16)

function(add_call_tree_variants target)
  set(ways "O0\;-O0" "O1\;-O1" "O2\;-O2" "O3\;-O3" "O2_fp\;-O2 -fno-omit-frame-pointer"
           "Os\;-Os" "O3_native_realign\;-O3 -mstackrealign"
           "O0_nofp\;-O0 -fomit-frame-pointer" "O2_split\;-O2 -fno-shrink-wrap")
  set(list "")
  foreach(compiler g++ clang++)
    set(program ${CMAKE_CXX_COMPILER})
    if(compiler STREQUAL "clang++")
      set(program ${LIBTRACK_CLANGXX})
      if(NOT program)
        continue()
      endif()
    endif()
    foreach(way IN LISTS ways)
      list(GET way 0 suffix)
      list(GET way 1 options)
      if(compiler STREQUAL "clang++" AND suffix STREQUAL "O2_split")
        continue()
      endif()
      string(MAKE_C_IDENTIFIER "tree_${compiler}_${suffix}" name)
      string(REPLACE "__" "_" name ${name})
      separate_arguments(options)
      set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.o)
      add_custom_command(
        OUTPUT ${object}
        COMMAND ${program} -std=c++20 -fPIC -g ${options} -DLIBTRACK_VARIANT=${name} -c
                ${CMAKE_CURRENT_SOURCE_DIR}/call_tree.cpp -o ${object}
        DEPENDS call_tree.cpp VERBATIM)
      target_sources(${target} PRIVATE ${object})
      string(APPEND list "LIBTRACK_VARIANT(${name})\n")
    endforeach()
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/variants.inc CONTENT "${list}")
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
