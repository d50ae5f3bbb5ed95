# Compiler settings shared by every target of ours; third-party headers are SYSTEM and stay out of them.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# Assertions of ours (MOLT_ASSERT) are independent of NDEBUG; -O2 keeps both tests and training fast.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")

find_program(MOLT_CCACHE ccache)
if(MOLT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header is cacheable only if ccache may ignore its time stamps; base_dir lets clones share hits.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${MOLT_CCACHE})
endif()
find_program(MOLT_MOLD mold)
if(MOLT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(molt_warnings INTERFACE)
target_compile_options(molt_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  # What a newer Qt or LibTorch would rather have called otherwise still builds.
  -Wno-error=deprecated-declarations
  # g++ 12 reports these inside std::string and std::variant at -O2; they are false alarms.
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized;-Wno-error=stringop-overflow;-Wno-error=array-bounds;-Wno-error=restrict>")
if(MOLT_SANITIZE)
  target_compile_options(molt_warnings INTERFACE -fsanitize=${MOLT_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(molt_warnings INTERFACE -fsanitize=${MOLT_SANITIZE})
endif()
