# Debian packages, by `cpack -G DEB` in the build folder: libtrack-tools (the command and its preload),
# libtrackN (the C++ library, N its version as the loader knows it) and libtrack-dev.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME libtrack)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "The libtrack contributors")
# CPack's own default, by which it knows that each description below begins with its summary.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_NAME} built using CMake")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package-files.cmake)

set(CPACK_COMPONENTS_ALL command runtime development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${CPACK_PACKAGE_VENDOR} <libtrack@users.noreply.github.com>")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(library_package libtrack${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME libtrack-tools)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SUGGESTS "libtrack-dev, bash-completion")
set(CPACK_DEBIAN_COMMAND_DESCRIPTION
    "find memory leaks of C++ programs as they are
The command track records every heap block of any dynamically linked program
and its children, without a rebuild, and tells what is left at the end, where
it came from, which cycles keep themselves alive and what grows.

It also judges captures against a baseline, for continuous integration.")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${library_package})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION
    "weak references and leak tracking for C++ programs
The shared library that programs use which observe their own objects: weak
references, containers that keep nothing alive, finalizers, and a registry of
what lives.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libtrack-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${library_package} (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS "libtrack-tools, libboost-stacktrace-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "libgtest-dev, catch2, pkg-config")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
    "weak references and leak tracking for C++ programs (development files)
Headers, the static library, and what CMake and pkg-config need to find them,
adapters for GoogleTest and Catch2 among them.")

# What links with the library depends on this package. CPack's own way to write both of these would take
# the preload for a library to link with.
set(CPACK_LIBTRACK_DOCS ${CMAKE_BINARY_DIR}/packages.in)
file(WRITE ${CPACK_LIBTRACK_DOCS}/shlibs
     "libtrack ${PROJECT_VERSION_MAJOR} ${library_package} (>= ${PROJECT_VERSION})\n")
file(WRITE ${CPACK_LIBTRACK_DOCS}/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${CPACK_LIBTRACK_DOCS}/shlibs
                                               ${CPACK_LIBTRACK_DOCS}/triggers)

# What Debian wants beside the files of an installation; package-files.cmake puts it there.
set(CPACK_LIBTRACK_NAMES "command=libtrack-tools;runtime=${library_package};development=libtrack-dev")
string(TIMESTAMP year "%Y" UTC)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${CPACK_LIBTRACK_DOCS}/changelog
     "libtrack (${PROJECT_VERSION}) unstable; urgency=medium\n\n"
     "  * What changed is in CHANGELOG.md.\n\n"
     " -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${now}\n")
file(WRITE ${CPACK_LIBTRACK_DOCS}/copyright
     "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
     "Upstream-Name: libtrack\n\n"
     "Files: *\nCopyright: ${year} ${CPACK_PACKAGE_VENDOR}\nLicense: Apache-2.0\n\n"
     "License: Apache-2.0\n On Debian systems the full text of the Apache License, version 2.0, is in\n"
     " /usr/share/common-licenses/Apache-2.0.\n")
include(CPack)
