# The layers. A target may link targets of its own folder or of a lower layer; dataplane and
# controlplane share a number and so never see each other. A reverse edge stops the configure step;
# a reverse include does not compile, because the repository root is never an include path.
set(SEKISHO_LAYER_config 0)
set(SEKISHO_LAYER_rules 1)
set(SEKISHO_LAYER_engines 2)
set(SEKISHO_LAYER_dataplane 3)
set(SEKISHO_LAYER_controlplane 3)
set(SEKISHO_LAYER_tools 4)
set(SEKISHO_LAYER_tests 5)

function(sekisho_check_layers target)
  string(REGEX MATCH "^[a-z]+" folder ${target})
  foreach(dep IN LISTS ARGN)
    string(REGEX MATCH "^[a-z]+" dep_folder ${dep})
    if(NOT DEFINED SEKISHO_LAYER_${dep_folder})
      message(FATAL_ERROR "${target}: ${dep} is not a target of this project; third-party libraries go in PRIVATE_DEPENDS")
    endif()
    if(NOT dep_folder STREQUAL folder AND NOT SEKISHO_LAYER_${dep_folder} LESS SEKISHO_LAYER_${folder})
      message(FATAL_ERROR "${target} (layer ${SEKISHO_LAYER_${folder}}) may not depend on ${dep} (layer ${SEKISHO_LAYER_${dep_folder}})")
    endif()
  endforeach()
endfunction()

# sekisho_library(<folder>_<name> SOURCES a.cc ... [DEPENDS our targets] [PRIVATE_DEPENDS third party] [NO_EXCEPTIONS])
# Public headers are include/<folder>/<name>/*.h; everything under src/ is private to the target.
# NO_EXCEPTIONS marks code that runs on a pinned core.
function(sekisho_library target)
  cmake_parse_arguments(arg "NO_EXCEPTIONS" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  sekisho_check_layers(${target} ${arg_DEPENDS})

  file(GLOB_RECURSE headers CONFIGURE_DEPENDS include/*.h)
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    target_include_directories(${target} PRIVATE src)
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE_DEPENDS})
    if(arg_NO_EXCEPTIONS)
      target_compile_options(${target} PRIVATE -fno-exceptions)
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS include FILES ${headers})
  target_link_libraries(${target} ${scope} ${arg_DEPENDS})
  target_compile_features(${target} ${scope} cxx_std_20)
endfunction()

# sekisho_program(<binary-name> FOLDER <folder> SOURCES ... [DEPENDS ours] [PRIVATE_DEPENDS third party])
# The executable lands in <build>/bin; FOLDER is the layer it belongs to.
function(sekisho_program target)
  cmake_parse_arguments(arg "" "FOLDER" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  sekisho_check_layers(${arg_FOLDER}_${target} ${arg_DEPENDS})
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_DEPENDS} ${arg_PRIVATE_DEPENDS})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# For the targets of the calling folder and below. Where header-only libraries are most of what is compiled,
# optimising them under a sanitizer only doubles the time that it takes.
function(sekisho_plain_under_sanitizers)
  if(SEKISHO_SANITIZE)
    add_compile_options(-O0)
  endif()
endfunction()

# For the targets of the calling folder and below: a few sources at a time. There, most of what a compiler reads and makes
# is that of gRPC, Beast and JSON, again for every source: a third of the time is left.
macro(sekisho_compile_together)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)
endmacro()

# The code under test is optimised as it is shipped; optimising the tests too would double their compilation, and
# g++ 12 warns of standard headers once they come precompiled.
function(sekisho_test_options target)
  target_compile_options(${target} PRIVATE -O0)
  # gRPC's and DPDK's own definitions make g++ read the header as text: slower, not wrong.
  set_target_properties(${target} PROPERTIES PCH_WARN_INVALID OFF)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")  # or ccache keeps nothing
  endif()
  if(SEKISHO_FUZZ)  # what a unit test reaches guides no fuzzer, and counting it is a quarter of its compilation
    target_compile_options(${target} PRIVATE -fno-sanitize=fuzzer-no-link)
  endif()
endfunction()

# sekisho_unit_test(<name> SOURCES ... DEPENDS ... [PRIVATE_DEPENDS ...])
# One Catch2 executable per mirrored folder, registered with ctest under the label "unit".
function(sekisho_unit_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_executable(unit_${name} ${arg_SOURCES})
  target_link_libraries(unit_${name} PRIVATE ${arg_DEPENDS} ${arg_PRIVATE_DEPENDS} tests_catch_main)
  target_include_directories(unit_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/packets/include)
  sekisho_test_options(unit_${name})
  target_precompile_headers(unit_${name} REUSE_FROM tests_precompiled)
  add_test(NAME unit_${name} COMMAND unit_${name})
  set_tests_properties(unit_${name} PROPERTIES LABELS unit TIMEOUT 600)
endfunction()

# sekisho_fuzz_target(<name> SOURCES ... DEPENDS ... [PRIVATE_DEPENDS ...])
# With clang and SEKISHO_FUZZ a libFuzzer binary; otherwise the same file replays its seed corpus
# (tests/fuzz/corpus/<name>) as a ctest, so that it cannot rot.
function(sekisho_fuzz_target name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_executable(fuzz_${name} ${arg_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE ${arg_DEPENDS} ${arg_PRIVATE_DEPENDS})
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  if(SEKISHO_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME fuzz_replay_${name} COMMAND fuzz_${name} ${corpus})
    set_tests_properties(fuzz_replay_${name} PROPERTIES LABELS "unit;fuzz" TIMEOUT 120)
  endif()
endfunction()
