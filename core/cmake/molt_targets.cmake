# molt_library(): one static library from whole folders. molt_test(): one Qt Test program from one tst_*.cpp.
# Folders are globbed, so that a new file in an existing folder needs no edit here.

# molt_library(NAME FOLDERS dir... [PUBLIC lib...] [PRIVATE lib...] [PRECOMPILE header...])
function(molt_library name)
  cmake_parse_arguments(ARG "" "" "FOLDERS;PUBLIC;PRIVATE;PRECOMPILE" ${ARGN})
  set(sources "")
  foreach(folder IN LISTS ARG_FOLDERS)
    file(GLOB found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cpp" "${PROJECT_SOURCE_DIR}/${folder}/*.h")
    list(APPEND sources ${found})
  endforeach()
  add_library(${name} STATIC ${sources})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} molt_warnings)
  if(ARG_PRECOMPILE)
    target_precompile_headers(${name} PRIVATE ${ARG_PRECOMPILE})
  endif()
endfunction()

# A program that shares a library's precompiled headers must be compiled as position independent as the library is.
function(molt_reuse_precompiled name from)
  target_precompile_headers(${name} REUSE_FROM ${from})
  target_compile_options(${name} PRIVATE -fPIC)
endfunction()

# molt_test(FILE.cpp LIBS lib... LABELS label... [PRECOMPILE_FROM target]): named after the file, in ctest too.
function(molt_test file)
  cmake_parse_arguments(ARG "" "PRECOMPILE_FROM" "LIBS;LABELS" ${ARGN})
  get_filename_component(name "${file}" NAME_WE)
  add_executable(${name} "${file}")
  set(moc_dir "${CMAKE_CURRENT_BINARY_DIR}/moc/${name}")
  file(MAKE_DIRECTORY "${moc_dir}")
  # Without the include paths: moc needs none of LibTorch, and reading it would take longer than compiling.
  qt6_generate_moc("${file}" "${moc_dir}/${name}.moc")
  set_source_files_properties("${file}" PROPERTIES OBJECT_DEPENDS "${moc_dir}/${name}.moc")
  target_sources(${name} PRIVATE "${moc_dir}/${name}.moc")
  target_include_directories(${name} PRIVATE "${moc_dir}")
  target_compile_definitions(${name} PRIVATE QT_NO_KEYWORDS MOLT_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    MOLT_BINARY_DIR="${PROJECT_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} Qt6::Test molt_warnings)
  if(ARG_PRECOMPILE_FROM)
    molt_reuse_precompiled(${name} ${ARG_PRECOMPILE_FROM})
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8")
endfunction()
