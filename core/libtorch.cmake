# Imported targets for LibTorch out of the PyPI wheel: torch_cpu (with c10). find_package(Torch) is avoided: it drags in
# CUDA detection and global flags. MOLT_TORCH_DIR is the wheel's torch folder; installer/run.sh puts it into build/venv.
file(GLOB found_torch "${PROJECT_SOURCE_DIR}/build/venv/lib/python3*/site-packages/torch")
set(MOLT_TORCH_DIR "${found_torch}" CACHE PATH "The torch folder of the pinned wheel")
if(NOT EXISTS "${MOLT_TORCH_DIR}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch not found in '${MOLT_TORCH_DIR}'. Run installer/run.sh --no-run, or set MOLT_TORCH_DIR.")
endif()

foreach(lib c10 torch_cpu)
  add_library(${lib} SHARED IMPORTED GLOBAL)
  set_target_properties(${lib} PROPERTIES
    IMPORTED_LOCATION "${MOLT_TORCH_DIR}/lib/lib${lib}.so"
    IMPORTED_NO_SONAME ON
    INTERFACE_INCLUDE_DIRECTORIES "${MOLT_TORCH_DIR}/include;${MOLT_TORCH_DIR}/include/torch/csrc/api/include")
endforeach()
target_link_libraries(torch_cpu INTERFACE c10)
# libtorch_cpu.so names the CUDA runtime and CUPTI; both come as small wheels beside it.
file(GLOB nvidia_libs "${MOLT_TORCH_DIR}/../nvidia/cu13/lib" "${MOLT_TORCH_DIR}/../nvidia/*/lib")
foreach(dir IN LISTS nvidia_libs)
  target_link_options(torch_cpu INTERFACE "LINKER:-rpath,${dir}" "LINKER:-rpath-link,${dir}")
endforeach()
target_link_options(torch_cpu INTERFACE "LINKER:-rpath,${MOLT_TORCH_DIR}/lib" "LINKER:-rpath-link,${MOLT_TORCH_DIR}/lib")
# at::parallel_for is a template: without OpenMP in our own compilation it runs on one thread. The library is the one that
# LibTorch brings. Clang would add a second one, and the thread sanitizer does not see how GNU's waits.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT MOLT_SANITIZE MATCHES "thread")
  target_compile_options(torch_cpu INTERFACE -fopenmp)
  target_link_libraries(torch_cpu INTERFACE "${MOLT_TORCH_DIR}/lib/libgomp.so.1")
endif()
