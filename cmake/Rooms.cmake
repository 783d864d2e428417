# A room is a folder and a target, `pulseline_NAME`; it links only the rooms below it.
#
#   pulseline_room(NAME SOURCES … LINK …)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

add_library(pulseline_options INTERFACE)
if(MSVC)
  target_compile_options(pulseline_options INTERFACE /W4 /WX /utf-8 /permissive-)
else()
  target_compile_options(pulseline_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Werror)
endif()
if(PULSELINE_SANITIZE)
  target_compile_options(
    pulseline_options
    INTERFACE -fsanitize=${PULSELINE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
  )
  target_link_options(pulseline_options INTERFACE -fsanitize=${PULSELINE_SANITIZE})
endif()

function(pulseline_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINK" ${ARGN})
  add_library(pulseline_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(pulseline_${name} PUBLIC "${PROJECT_SOURCE_DIR}/plugin")
  target_link_libraries(pulseline_${name} PUBLIC ${ROOM_LINK} PRIVATE pulseline_options)
endfunction()

# One ctest run may cover the plain build and those of the sanitizers.
if(PULSELINE_SANITIZE MATCHES "thread")
  set(PULSELINE_TEST_PREFIX "threads.")
  # ThreadSanitizer wants its shadow where a kernel with much address randomisation may have put something else.
  execute_process(COMMAND setarch -R true RESULT_VARIABLE refused OUTPUT_QUIET ERROR_QUIET)
  if(refused EQUAL 0)
    set(CMAKE_TEST_LAUNCHER setarch -R)
  endif()
elseif(PULSELINE_SANITIZE)
  set(PULSELINE_TEST_PREFIX "sanitized.")
endif()

# pulseline_test(NAME SOURCES … LINK … [LABEL …]): a GoogleTest program whose cases ctest lists one by one.
function(pulseline_test name)
  cmake_parse_arguments(TEST "" "LABEL" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${TEST_LINK} pulseline_options GTest::gtest_main GTest::gmock)
  gtest_discover_tests(${name} TEST_PREFIX "${PULSELINE_TEST_PREFIX}${name}." DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 LABELS "${TEST_LABEL}")
endfunction()
