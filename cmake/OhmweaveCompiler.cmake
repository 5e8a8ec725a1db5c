# One interface target carries the compiler settings of all our code. Results must not depend on the instruction set:
# no -march, no fast-math, and no fusing of a multiplication with an addition behind our back.
add_library(ohmweave_options INTERFACE)
target_compile_options(ohmweave_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # false alarms of g++ 12 on string concatenation (GCC bug 105651)
  -ffp-contract=off -fno-math-errno
  $<$<BOOL:${OHMWEAVE_WARNINGS_AS_ERRORS}>:-Werror>)
if(OHMWEAVE_SANITIZERS)
  target_compile_options(ohmweave_options INTERFACE
    -fsanitize=${OHMWEAVE_SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(ohmweave_options INTERFACE -fsanitize=${OHMWEAVE_SANITIZERS})
  # Half the time to build: lines and functions are all that a sanitizer's report needs of debug information.
  target_compile_options(ohmweave_options INTERFACE -g1)
endif()
if(OHMWEAVE_FUZZERS)
  target_compile_options(ohmweave_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()
