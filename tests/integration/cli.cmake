# SPDX-License-Identifier: Apache-2.0
add_subdirectory(${CMAKE_CURRENT_SOURCE_DIR}/cli)
