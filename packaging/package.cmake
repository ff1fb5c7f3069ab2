# SPDX-License-Identifier: Apache-2.0
# The Debian package: what cmake --install installs, without the lab. tools/package makes it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sekimori)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "Sekimori developers <sekimori@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "two-factor login with an IC card and a finger")
set(CPACK_PACKAGE_DESCRIPTION "Broker, workers, PAM module, boot gate and command of Sekimori.
Every login, unlock and elevation needs two proofs of different kinds of one
person. Installing the package changes no PAM stack: sekimori setup does.")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};sekimori;Unspecified;/")
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd, dbus, init-system-helpers, libpam-runtime (>= 1.5), pcscd, polkitd, perl-base, procps")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libccid, udev, libpam-systemd")
set(debian ${CMAKE_CURRENT_SOURCE_DIR}/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${debian}/postinst ${debian}/prerm ${debian}/postrm ${debian}/conffiles ${debian}/triggers)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
