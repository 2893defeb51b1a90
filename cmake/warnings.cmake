# Warnings of every target of this project; errors unless LIBTRACK_WERROR is off.
add_library(track_warnings INTERFACE)
target_compile_options(track_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow
                       $<$<BOOL:${LIBTRACK_WERROR}>:-Werror>)
