# One libFuzzer program per x_fuzz.cc, <layer>_<x>_fuzz, and a test that runs it for a moment. The line "// Seeds: FOLDER..." of
# the source names folders of the source tree to start from, and "// Reference seeds: FOLDER..." such of the reference data, where
# they exist. What a longer run finds stays in corpus/ of the build folder.
function(fuzz_seeds out file label root)
  file(STRINGS ${file} line REGEX "^// ${label}: ")
  string(REGEX REPLACE "^// ${label}: *" "" line "${line}")
  string(REPLACE " " ";" folders "${line}")
  foreach(folder IN LISTS folders)
    if(EXISTS ${root}/${folder})
      list(APPEND found ${root}/${folder})
    endif()
  endforeach()
  set(${out} ${${out}} ${found} PARENT_SCOPE)
endfunction()

add_custom_target(fuzz_targets)
foreach(layer IN LISTS OHMWEAVE_LAYERS)
  foreach(file IN LISTS OHMWEAVE_FUZZERS_${layer})
    cmake_path(GET file STEM name)
    set(target ${layer}_${name})
    add_executable(${target} ${file})
    target_link_libraries(${target} PRIVATE ohmweave_${layer} ohmweave_options -fsanitize=fuzzer)
    add_dependencies(fuzz_targets ${target})

    set(seeds)
    fuzz_seeds(seeds ${file} "Seeds" ${PROJECT_SOURCE_DIR})
    fuzz_seeds(seeds ${file} "Reference seeds" ${OHMWEAVE_REFERENCE_DATA})
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/corpus/${target})
    add_test(NAME fuzz.${target} WORKING_DIRECTORY ${PROJECT_BINARY_DIR} COMMAND ${target}
      -max_total_time=15 -timeout=10 -rss_limit_mb=2048 -print_funcs=0 -print_final_stats=1 -verbosity=0 corpus/${target} ${seeds})
    set_tests_properties(fuzz.${target} PROPERTIES LABELS fuzz)
  endforeach()
endforeach()
