# SPDX-License-Identifier: Apache-2.0
# What every target of the project shares: language level, warnings, hardening, where the outcome goes.
include_guard(GLOBAL)
include(GoogleTest OPTIONAL)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)
find_program(CCACHE ccache)
if(CCACHE)
  # Paths relative to the source tree: another clone of it finds what this one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/archive)

add_library(sekimori_flags INTERFACE)
target_compile_options(sekimori_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual
  -Wformat=2 -Wundef -Wimplicit-fallthrough -Wswitch-enum -Werror
  -fstack-protector-strong -fno-strict-aliasing -ftrivial-auto-var-init=zero)
if(NOT SEKIMORI_SANITIZE)
  target_compile_options(sekimori_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
  target_link_options(sekimori_flags INTERFACE -Wl,-z,defs)
else()
  # Left out: a null pointer ends the program under ASan as well, and vptr doubles the time to compile.
  # g++ warns of branches that only the sanitizers made: here nothing is said, the release build says it.
  target_compile_options(sekimori_flags INTERFACE -fsanitize=${SEKIMORI_SANITIZE} -fno-sanitize=null,vptr -fno-omit-frame-pointer
    -fno-sanitize-recover=undefined $<$<CXX_COMPILER_ID:GNU>:-w>)
  target_link_options(sekimori_flags INTERFACE -fsanitize=${SEKIMORI_SANITIZE})
endif()
if(SEKIMORI_FUZZ)
  target_compile_options(sekimori_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_link_options(sekimori_flags INTERFACE -Wl,-z,relro,-z,now)
# tl::expected (libexpected-dev) is header-only and sits in the system's include path.
target_include_directories(sekimori_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})

# sekimori_library(NAME SOURCES ... LIBS ...): a static room library that sees only what LIBS names.
function(sekimori_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC sekimori_flags ${arg_LIBS} PRIVATE ${arg_PRIVATE})
endfunction()

# sekimori_program(NAME SOURCES ... LIBS ... [DEST dir]): a program in bin/, installed to DEST and then with a manual page (man/).
function(sekimori_program name)
  cmake_parse_arguments(arg "" "DEST" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE sekimori_flags ${arg_LIBS})
  if(arg_DEST)
    install(TARGETS ${name} RUNTIME DESTINATION ${arg_DEST})
    set_property(GLOBAL APPEND PROPERTY SEKIMORI_PROGRAMS ${name})
  endif()
endfunction()

# sekimori_test(NAME SOURCES ... LIBS ... [LABEL quick|full|soak] [TIMEOUT s]): one GoogleTest program, each of its cases a ctest.
function(sekimori_test name)
  if(NOT SEKIMORI_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;LIBS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE sekimori_flags ${arg_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
  # GoogleTest's macros hold an else of their own.
  target_compile_options(${name} PRIVATE -Wno-dangling-else)
  if(SEKIMORI_SANITIZE)
    # What only calls the product need not be fast, and to make it so takes half of the time that it takes to compile.
    target_compile_options(${name} PRIVATE -O0)
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  set(label ${arg_LABEL})
  if(NOT label)
    set(label quick)
  endif()
  set(limit ${arg_TIMEOUT})
  if(NOT limit)
    set(limit 120)
  endif()
  set(prefix "") # tools/test runs both builds as one
  if(SEKIMORI_SANITIZE)
    set(prefix sanitized.)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${prefix}" PROPERTIES LABELS ${label} TIMEOUT ${limit})
endfunction()

# install_configuration(FILE DIRECTORY [NAME]): into DIRECTORY of /etc; one that is already there is the administrator's.
function(install_configuration file directory)
  cmake_path(GET file FILENAME name)
  if(ARGC GREATER 2)
    set(name ${ARGV2})
  endif()
  set(etc ${CMAKE_INSTALL_FULL_SYSCONFDIR}/${directory})
  install(CODE "
    if(NOT EXISTS \"\$ENV{DESTDIR}${etc}/${name}\") # file(INSTALL) puts DESTDIR before it by itself
      file(INSTALL DESTINATION \"${etc}\" TYPE FILE RENAME \"${name}\" FILES \"${CMAKE_CURRENT_SOURCE_DIR}/${file}\")
    endif()")
endfunction()
