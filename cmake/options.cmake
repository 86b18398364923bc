# How everything is compiled. One interface target, sl_flags, carries it to every library and program.

set(SEALIFT_C_STANDARD 17 CACHE STRING "C standard to build as: 17, or 11 to prove that nothing newer is needed")
set(SEALIFT_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
option(SEALIFT_WERROR "Warnings are errors" OFF)
option(SEALIFT_COVERAGE "Measure coverage" OFF)
option(SEALIFT_FUZZ "Build the fuzzers (clang only)" OFF)
option(SEALIFT_TESTS "Build the tests" ON)

include(CheckCCompilerFlag)

add_library(sl_flags INTERFACE)
target_include_directories(sl_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_definitions(sl_flags INTERFACE _POSIX_C_SOURCE=200809L _FILE_OFFSET_BITS=64)
target_compile_options(sl_flags INTERFACE
  -std=c${SEALIFT_C_STANDARD} -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
  -Wmissing-prototypes -Wwrite-strings -Wcast-qual -Wformat=2 -Wundef -Wvla -Wnull-dereference -Wimplicit-fallthrough
  -fPIE)
target_link_options(sl_flags INTERFACE -pie)

if(SEALIFT_WERROR)
  target_compile_options(sl_flags INTERFACE -Werror)
endif()

if(SEALIFT_SANITIZE)
  target_compile_options(sl_flags INTERFACE -fsanitize=${SEALIFT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sl_flags INTERFACE -fsanitize=${SEALIFT_SANITIZE})
endif()

if(SEALIFT_FUZZ)
  # Every file tells the fuzzer which of its branches ran; the program that is the fuzzer brings the main function.
  target_compile_options(sl_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(SEALIFT_COVERAGE)
  target_compile_options(sl_flags INTERFACE --coverage)
  target_link_options(sl_flags INTERFACE --coverage)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  # assert stays on: a broken invariant in a signing tool must stop it.
  string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
  string(REPLACE "-O3" "-O2" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
  string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")
  # The same program wherever it is built.
  target_compile_options(sl_flags INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${PROJECT_BINARY_DIR}=build)
  target_compile_options(sl_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong)
  target_link_options(sl_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
  # clang only warns about a flag that its target does not have; such a flag must count as absent.
  set(CMAKE_REQUIRED_FLAGS -Werror)
  foreach(flag -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero -fstrict-flex-arrays=3
               -mbranch-protection=standard)
    string(MAKE_C_IDENTIFIER "SL_HAVE${flag}" have)
    check_c_compiler_flag(${flag} ${have})
    if(${have})
      target_compile_options(sl_flags INTERFACE ${flag})
    endif()
  endforeach()
  unset(CMAKE_REQUIRED_FLAGS)
endif()

# sl_library(name sources... USES libraries...): one folder, one static library.
function(sl_library name)
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC sl_flags ${ARG_USES})
endfunction()
