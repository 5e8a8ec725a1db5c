# One static library per line of src/ohmweave/LAYERS, from the files of its folder. Tests (x_test.cc) and micro-benchmarks
# (x_bench.cc) stand beside their sources and become one program per layer; fuzz targets are x_fuzz.cc.
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ONNX CONFIG REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(oneDNN MODULE REQUIRED)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  find_package(xbyak CONFIG REQUIRED)
endif()
if(OHMWEAVE_TESTS OR OHMWEAVE_BENCHMARKS)
  find_package(Eigen3 REQUIRED NO_MODULE)  # sparse direct solver: an oracle, never linked into the product
  set(OHMWEAVE_TESTING_array Eigen3::Eigen)
  set(OHMWEAVE_BENCHING_tensor oneDNN::oneDNN)  # a yardstick
endif()

# What each layer takes from outside; nothing else of the project names these libraries.
set(OHMWEAVE_PRIVATE_base OpenMP::OpenMP_CXX)
set(OHMWEAVE_PUBLIC_base fmt::fmt)
set(OHMWEAVE_PRIVATE_config yaml-cpp)
set(OHMWEAVE_PRIVATE_network oneDNN::oneDNN onnx protobuf::libprotobuf ZLIB::ZLIB PNG::PNG JPEG::JPEG)
if(TARGET xbyak::xbyak)
  set(OHMWEAVE_PRIVATE_logic $<BUILD_INTERFACE:xbyak::xbyak>)
endif()
set(OHMWEAVE_PUBLIC_report nlohmann_json::nlohmann_json)
set(OHMWEAVE_PRIVATE_cli CLI11::CLI11)

file(STRINGS ${PROJECT_SOURCE_DIR}/src/ohmweave/LAYERS layer_lines REGEX "^[a-z]+:")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/ohmweave/LAYERS)
set(OHMWEAVE_LAYERS)
set(helpers_below)  # those of the layers so far
foreach(line IN LISTS layer_lines)
  string(REGEX MATCH "^[a-z]+" layer ${line})
  string(REGEX REPLACE "^[a-z]+: *" "" below "${line}")
  string(REPLACE " " ";" below "${below}")
  list(APPEND OHMWEAVE_LAYERS ${layer})
  set(folder ${PROJECT_SOURCE_DIR}/src/ohmweave/${layer})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cc)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${folder}/*.h)
  set(tests ${sources})
  set(benches ${sources})
  set(fuzzers ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_(test|bench|fuzz)\\.cc$")
  set(helpers ${sources})  # what tests of this layer and of those above share, in testing/: not part of the library
  list(FILTER helpers INCLUDE REGEX "/testing/")
  list(FILTER sources EXCLUDE REGEX "/testing/")
  list(FILTER headers EXCLUDE REGEX "/testing/")
  set(OHMWEAVE_TESTS_${layer} ${tests})
  set(OHMWEAVE_BENCHES_${layer} ${benches})
  set(OHMWEAVE_FUZZERS_${layer} ${fuzzers})
  add_library(ohmweave_${layer} STATIC ${sources})
  add_library(ohmweave::${layer} ALIAS ohmweave_${layer})
  set_target_properties(ohmweave_${layer} PROPERTIES EXPORT_NAME ${layer} VERIFY_INTERFACE_HEADER_SETS ON)
  target_sources(ohmweave_${layer} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${headers})
  target_compile_features(ohmweave_${layer} PUBLIC cxx_std_20)
  list(TRANSFORM below PREPEND ohmweave_)
  target_link_libraries(ohmweave_${layer}
    PUBLIC ${below} ${OHMWEAVE_PUBLIC_${layer}}
    PRIVATE $<BUILD_INTERFACE:ohmweave_options> ${OHMWEAVE_PRIVATE_${layer}})
  if(helpers)
    add_library(ohmweave_${layer}_testing STATIC EXCLUDE_FROM_ALL ${helpers})
    target_link_libraries(ohmweave_${layer}_testing
      PUBLIC ohmweave_${layer} ${helpers_below} PRIVATE ohmweave_options ${OHMWEAVE_TESTING_${layer}})
    list(PREPEND helpers_below ohmweave_${layer}_testing)
  endif()
  set(OHMWEAVE_HELPERS_${layer} ${helpers_below})
endforeach()
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/ohmweave/base/paths.cc PROPERTIES COMPILE_DEFINITIONS
  "OHMWEAVE_SOURCE_DATA=\"${PROJECT_SOURCE_DIR}\";OHMWEAVE_INSTALL_DATA=\"${CMAKE_INSTALL_FULL_DATADIR}/ohmweave\";OHMWEAVE_VERSION=\"${PROJECT_VERSION}\"")

# Loops that are compiled once per instruction set; which one runs is decided when the program does.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/ohmweave/tensor/floating_kernels_avx2.cc PROPERTIES
    COMPILE_OPTIONS "-mavx2")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/ohmweave/tensor/integer_tiles_avx2.cc PROPERTIES
    COMPILE_OPTIONS "-mavx2")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/ohmweave/tensor/integer_tiles_avx512.cc PROPERTIES
    COMPILE_OPTIONS "-mavx512f;-mavx512bw;-mavx512vnni")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/ohmweave/array/wires_lines_avx2.cc PROPERTIES
    COMPILE_OPTIONS "-mavx2")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/ohmweave/array/wires_lines_avx512.cc PROPERTIES
    COMPILE_OPTIONS "-mavx512f;-mavx512dq;-mavx512vl")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/ohmweave/logic/kernels_avx2.cc PROPERTIES
    COMPILE_OPTIONS "-mavx2;-mpopcnt")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/ohmweave/logic/kernels_avx512.cc PROPERTIES
    COMPILE_OPTIONS "-mavx512f;-mavx512vpopcntdq;-mpopcnt")
endif()
# Without optimisation, as sanitized builds are, a direct solver takes minutes.
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/ohmweave/array/testing/direct_solve.cc PROPERTIES
  COMPILE_OPTIONS "-O2")
