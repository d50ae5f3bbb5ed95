# Looks for nvcc as MOLT_CUDA says and enables the CUDA language; MOLT_HAVE_NVCC tells the folders. Runs in the top folder,
# because CMake wants a language to be enabled above all targets that use it.
set(MOLT_HAVE_NVCC OFF)
if(MOLT_CUDA STREQUAL "OFF")
  return()
endif()
find_program(MOLT_NVCC nvcc HINTS $ENV{CUDA_HOME}/bin /usr/local/cuda/bin)
if(NOT MOLT_NVCC)
  if(MOLT_CUDA STREQUAL "ON")
    message(FATAL_ERROR "MOLT_CUDA=ON, but nvcc was not found. Put it on PATH, set CUDA_HOME, or use MOLT_CUDA=AUTO.")
  endif()
  return()
endif()
set(CMAKE_CUDA_COMPILER "${MOLT_NVCC}")
# The host compiler follows ours; nvcc 13 accepts g++ up to 15.
set(CMAKE_CUDA_HOST_COMPILER "${CMAKE_CXX_COMPILER}" CACHE FILEPATH "Host compiler of nvcc")
# Machine code for the A100 and the H100/H200; PTX, so that later devices compile the rest themselves.
set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
# The newest that CMake 3.25 can ask nvcc for; kernels and their structs keep to it.
set(CMAKE_CUDA_STANDARD 17)
enable_language(CUDA)
if(MOLT_CCACHE)
  set(CMAKE_CUDA_COMPILER_LAUNCHER "${MOLT_CCACHE}")
endif()
set(MOLT_HAVE_NVCC ON)
