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
  if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    # Sanitized tests stay quick, and are built in two thirds of the time without variables in the debug information.
    target_compile_options(ohmweave_options INTERFACE -O1 -g1)
  endif()
endif()
if(OHMWEAVE_FUZZERS)
  target_compile_options(ohmweave_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
